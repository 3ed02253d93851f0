#!/usr/bin/env bash
# Installs Debian packages without asking anything. Input: PACKAGES, names separated by spaces.
set -euo pipefail
: "${PACKAGES:?names of Debian packages, separated by spaces}"
export DEBIAN_FRONTEND=noninteractive
read -ra packages <<<"$PACKAGES"
# Another apt may be at work, as on a machine that has just booted: wait for its lock rather than fail.
apt=(apt-get -y -o DPkg::Lock::Timeout=300)
"${apt[@]}" install --no-install-recommends "${packages[@]}" || {
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "${packages[@]}"
}
