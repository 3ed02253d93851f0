#!/usr/bin/env bash
# Removes the stack's Docker network; what still hangs on it of the stack's own is removed first: containers with its label,
# and nodes of kind, which a killed run may have left without a word in the state.
# In: NETWORK, STACK
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

docker network inspect "$NETWORK" >/dev/null 2>&1 || exit 0
for label in "istio-lab.stack=$STACK" io.x-k8s.kind.cluster; do
  docker ps --all --quiet --filter "label=$label" --filter "network=$NETWORK" | remove_containers
done
docker network rm "$NETWORK" >/dev/null
