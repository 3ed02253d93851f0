#!/usr/bin/env bash
# Copies a root file system and installs packages into the copy, without starting any service.
#   LAB_BASE      root file system to start from
#   LAB_ROOT      folder to fill
#   LAB_PACKAGES  packages, separated by spaces
set -euo pipefail
: "${LAB_BASE:?}" "${LAB_ROOT:?}" "${LAB_PACKAGES:?}"

rm -rf "$LAB_ROOT"
cp -a "$LAB_BASE" "$LAB_ROOT"

# Everything mounted here is seen by this process alone and goes with it, at a kill too.
if [[ ${LAB_UNSHARED:-} != yes ]]; then
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi
mount -t proc proc "$LAB_ROOT/proc"
cp -L /etc/resolv.conf "$LAB_ROOT/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$LAB_ROOT/usr/sbin/policy-rc.d"
chmod 755 "$LAB_ROOT/usr/sbin/policy-rc.d"

read -ra packages <<<"$LAB_PACKAGES"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$LAB_ROOT" apt-get update -qq
chroot "$LAB_ROOT" apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root "${packages[@]}"
chroot "$LAB_ROOT" apt-get clean

rm -rf "$LAB_ROOT"/usr/sbin/policy-rc.d "$LAB_ROOT"/etc/resolv.conf "$LAB_ROOT"/var/lib/apt/lists/* "$LAB_ROOT"/var/log/{apt/*,dpkg.log} "$LAB_ROOT"/usr/share/{doc,man,info}/*
: >"$LAB_ROOT/etc/machine-id"
umount "$LAB_ROOT/proc"
