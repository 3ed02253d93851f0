#!/usr/bin/env bash
# Makes the smallest Debian that everything else starts from.
#   LAB_ROOT      folder to fill
#   LAB_CACHE     folder that keeps downloaded packages
#   LAB_RELEASE   Debian's code name
#   LAB_PACKAGES  packages beyond the minimal set, separated by commas
set -euo pipefail
: "${LAB_ROOT:?}" "${LAB_CACHE:?}" "${LAB_RELEASE:?}" "${LAB_PACKAGES:?}"

if [[ ${LAB_UNSHARED:-} != yes ]]; then
  # debootstrap mounts /proc in the new root. A killed set-up must not leave that in the cache, which people remove with rm -rf.
  LAB_UNSHARED=yes exec unshare --mount --pid --fork --kill-child bash "$0"
fi

# The mirror that this machine's own apt uses, a company's one too; none found: debootstrap knows Debian's.
# shellcheck disable=SC2016 # apt expands these, not the shell
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 2>/dev/null | awk -v release="$LAB_RELEASE" '$2 == release { print $1; exit }')

mkdir -p "$LAB_CACHE"
debootstrap --variant=minbase --cache-dir="$(realpath "$LAB_CACHE")" --include="$LAB_PACKAGES" "$LAB_RELEASE" "$LAB_ROOT" ${mirror:+"$mirror"}

# Packages that are added later bring no manuals and translations, and need not survive a power cut while they are unpacked.
cat >"$LAB_ROOT/etc/dpkg/dpkg.cfg.d/istio-lab" <<'CONFIG'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
force-unsafe-io
CONFIG
rm -rf "$LAB_ROOT"/usr/share/{doc,man,info,locale}/* "$LAB_ROOT"/var/cache/apt/archives/*.deb "$LAB_ROOT"/var/log/{bootstrap.log,dpkg.log,apt/*}
# Names this machine and its resolver: who starts a container of it brings both.
: >"$LAB_ROOT/etc/machine-id"
rm -f "$LAB_ROOT/etc/hostname" "$LAB_ROOT/etc/resolv.conf"
