#!/usr/bin/env bash
# Fetches Debian's docker-registry without installing it: the package would start a service of its own.
#   LAB_OUT  folder that gets the program `docker-registry`
set -euo pipefail
: "${LAB_OUT:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Root downloads as root: apt's own user may not write here.
apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o APT::Sandbox::User=root)
"${apt[@]}" download docker-registry || { "${apt[@]}" update && "${apt[@]}" download docker-registry; }
dpkg-deb --extract docker-registry_*.deb tree
install -m 755 tree/usr/bin/docker-registry "$LAB_OUT/docker-registry"
