#!/usr/bin/env bash
# Ensures the tools on a node with which packets are looked at; a node image of our own has them already.
# In: NODE (Docker's name of it)
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

quietly "the tools could not be installed on the node $NODE" docker exec --interactive "$NODE" bash -s <<'ON_NODE'
set -euo pipefail
missing=()
# need PROGRAM PACKAGE
need() {
  command -v "$1" >/dev/null || missing+=("$2")
}
need tcpdump tcpdump
need ngrep ngrep
need jq jq
need conntrack conntrack
need lsof lsof
need dig dnsutils
need ping iputils-ping
need netstat net-tools
need brctl bridge-utils
need killall psmisc
need tree tree
need wget wget
[ "${#missing[@]}" = 0 ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
ON_NODE
