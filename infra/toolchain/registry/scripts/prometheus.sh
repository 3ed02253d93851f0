#!/usr/bin/env bash
# Takes Prometheus out of Debian's package, with the web pages that it serves, for an image on top of our Debian.
#   LAB_OUT   folder to fill: a tree that starts at /
#   LAB_BASE  root file system whose release the package is for
#   LAB_WORK  folder for scratch work
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_BASE:?}" "${LAB_WORK:?}"

root=$LAB_WORK/root
if [[ ${LAB_UNSHARED:-} != yes ]]; then
  rm -rf "$root"
  cp -a "$LAB_BASE" "$root"
  # What is mounted here is seen by this process alone and goes with it, at a kill too.
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi
mount -t proc proc "$root/proc"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
export LC_ALL=C
chroot "$root" apt-get update -qq
chroot "$root" apt-get install -y -qq --download-only --no-install-recommends -o APT::Sandbox::User=root prometheus

# Only below /usr and /etc: /bin and /lib are links in the base, and a layer must not turn them into folders.
mkdir -p "$LAB_OUT"
for package in "$root"/var/cache/apt/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$LAB_OUT" -x --wildcards './usr/*' './etc/prometheus*' 2>/dev/null || true
done
rm -rf "$LAB_OUT"/usr/share/{doc,man,lintian,bug,locale,javascript/moment-timezone/data} "$LAB_OUT/usr/bin/promtool" "$LAB_OUT/usr/lib"
test -x "$LAB_OUT/usr/bin/prometheus"
mkdir -p "$LAB_OUT/etc/prometheus"
umount "$root/proc"
rm -rf "$root"
