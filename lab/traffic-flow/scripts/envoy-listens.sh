#!/usr/bin/env bash
# In a pod: prints on which of its two ports Envoy listens, with its user.
# In: nothing
set -euo pipefail

ss -tlnpeH '( sport = :15006 or sport = :15001 )' | sed -nE 's/.*:(1500[16]) .*"envoy".* uid:1337 .*/\1 uid 1337/p' | sort -u
