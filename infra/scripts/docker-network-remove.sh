#!/usr/bin/env bash
# Removes the stack's Docker network; what still hangs on it by label is removed first.
# In: NETWORK, STACK
set -euo pipefail

docker network inspect "$NETWORK" >/dev/null 2>&1 || exit 0
docker ps -aq --filter "label=istio-lab.stack=$STACK" --filter "network=$NETWORK" | xargs -r docker rm -fv >/dev/null
docker network rm "$NETWORK" >/dev/null
