#!/usr/bin/env bash
# Boots an instance: kind's way, with a disk of its own.
# In: the command, /sbin/init
set -euo pipefail

# Docker lays its own hosts and hostname over /etc, where neither hostnamectl nor `sed -i` can replace them, and makes them
# anew at every start. A machine has them on its disk: Docker's are only the first text of those.
booted=/var/lib/instance-metadata/booted
for name in hosts hostname; do
  if mountpoint --quiet "/etc/$name"; then
    first=$(cat "/etc/$name")
    umount "/etc/$name"
    [ -e "$booted" ] || printf '%s\n' "$first" >"/etc/$name"
  fi
done
touch "$booted"

exec /usr/local/bin/entrypoint "$@"
