#!/usr/bin/env bash
# Runs a program at 169.254.169.254 as if it were outside of this machine: a web server that takes port 80 of every address
# must not collide with it.
# In: the program and its arguments
set -euo pipefail

if ! ip netns pids metadata >/dev/null 2>&1; then
  ip netns add metadata
  # As with a hop limit of 1: what goes on to a pod is one hop too far.
  ip netns exec metadata sysctl --quiet --write net.ipv4.ip_default_ttl=1
  ip link add metadata type veth peer name eth0 netns metadata
  ip link set metadata up
  ip -netns metadata link set lo up
  ip -netns metadata address add 169.254.169.254/32 dev eth0
  ip -netns metadata link set eth0 up
  ip -netns metadata route add default dev eth0
  ip route add 169.254.169.254/32 dev metadata
fi
exec ip netns exec metadata "$@"
