#!/usr/bin/env bash
# Removes the stack's Docker network with the stack's own containers on it, which a killed run may have left without a word in the state.
# A container that the stack did not make is no business of ours: it is named, and the network stays.
# In: NETWORK, STACK, STATE_ID, STATE_FOLDER
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/owner.sh
source lib/owner.sh

said=$(docker network inspect "$NETWORK" 2>&1 >/dev/null) || {
  is_absent "$said" || fail "the network $NETWORK could not be removed: $said"
  exit 0
}
assert_ours network "$NETWORK"
own_containers "network=$NETWORK" | remove_containers
strangers=$(docker ps --all --filter "network=$NETWORK" --format '{{.Names}}' | tr '\n' ' ')
[ -z "$strangers" ] || fail "the network $NETWORK stays, since containers that the lab did not make are on it: ${strangers% }; disconnect each, then destroy again: docker network disconnect --force $NETWORK ${strangers%% *}"
said=$(docker network rm "$NETWORK" 2>&1) || is_absent "$said" || fail "the network $NETWORK could not be removed: $said"
