#!/usr/bin/env bash
# Gives a kind node that is not running its images as kind's own build does: imported, and not unpacked.
#   LAB_ROOT    root file system of the node
#   LAB_FOLDER  folder with images, as `ctr images import` reads them when packed
set -euo pipefail
: "${LAB_ROOT:?}" "${LAB_FOLDER:?}"
root=$LAB_ROOT

if [[ ${LAB_UNSHARED:-} != yes ]]; then
  # What is mounted and started here is seen by this process alone and goes with it, at a kill too.
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi
mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount --bind /dev "$root/dev"

printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$root/run/containerd.toml"
chroot "$root" containerd --config /run/containerd.toml >"$root/run/containerd.log" 2>&1 &
deadline=$((SECONDS + 30))
until chroot "$root" ctr version >/dev/null 2>&1; do
  if ((SECONDS > deadline)); then
    echo "containerd does not answer after 30 s; its last words:" >&2
    tail -n 5 "$root/run/containerd.log" >&2
    exit 1
  fi
  sleep 0.1
done
tar -C "$LAB_FOLDER" -c . |
  chroot "$root" ctr --namespace k8s.io images import --label=io.cri-containerd.pinned=pinned --all-platforms --no-unpack -
chroot "$root" ctr --namespace k8s.io images list -q
kill %1
wait %1 || true
umount "$root/dev" "$root/run" "$root/sys" "$root/proc"
