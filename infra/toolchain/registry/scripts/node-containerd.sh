#!/usr/bin/env bash
# Imports images into the containerd of a kind node that is not running yet.
#   LAB_ROOT     root file system of the node
#   LAB_ARCHIVE  folder with images, as `ctr images import` reads them when packed
#   LAB_OPTIONS  options for that, separated by spaces; may be empty
set -euo pipefail
: "${LAB_ROOT:?}" "${LAB_ARCHIVE:?}"
root=$LAB_ROOT
read -ra options <<<"${LAB_OPTIONS:-}"

if [[ ${LAB_UNSHARED:-} != yes ]]; then
  # What is mounted and started here is seen by this process alone and goes with it, at a kill too.
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi
mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount --bind /dev "$root/dev"

printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$root/run/containerd.toml"
log=$root/run/containerd.log
chroot "$root" containerd --config /run/containerd.toml >"$log" 2>&1 &
deadline=$((SECONDS + 30))
until chroot "$root" ctr version >/dev/null 2>&1; do
  if ((SECONDS > deadline)); then
    echo "containerd does not answer after 30 s; its last words:" >&2
    tail -n 5 "$log" >&2
    exit 1
  fi
  sleep 0.1
done
tar -C "$LAB_ARCHIVE" -c . | chroot "$root" ctr --namespace k8s.io images import "${options[@]}" - ||
  { tail -n 20 "$log" >&2; exit 1; }
chroot "$root" ctr --namespace k8s.io images list -q
kill %1
wait %1 || true
umount "$root/dev" "$root/run" "$root/sys" "$root/proc"
