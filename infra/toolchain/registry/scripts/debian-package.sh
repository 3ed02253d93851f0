#!/usr/bin/env bash
# Runs a script with a copy of a root file system, into which a package has been downloaded with all that it needs.
#   LAB_SCRIPT   the script; it finds the copy in LAB_ROOT, and can run programs in that
#   LAB_PACKAGE  the package
#   LAB_BASE     root file system to copy
#   LAB_WORK     folder for the copy
set -euo pipefail
: "${LAB_SCRIPT:?}" "${LAB_PACKAGE:?}" "${LAB_BASE:?}" "${LAB_WORK:?}"

export LAB_ROOT=$LAB_WORK/root LC_ALL=C
if [[ ${LAB_UNSHARED:-} != yes ]]; then
  rm -rf "$LAB_ROOT"
  cp -a "$LAB_BASE" "$LAB_ROOT"
  # What is mounted here is seen by this process alone and goes with it, at a kill too.
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi
mount -t proc proc "$LAB_ROOT/proc"
mount --bind /dev "$LAB_ROOT/dev"
cp -L /etc/resolv.conf "$LAB_ROOT/etc/resolv.conf"
chroot "$LAB_ROOT" apt-get update -qq
chroot "$LAB_ROOT" apt-get install -y -qq --download-only --no-install-recommends -o APT::Sandbox::User=root "$LAB_PACKAGE"
bash "$LAB_SCRIPT"
