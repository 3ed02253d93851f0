#!/usr/bin/env bash
# Removes a container that stands for a VM; succeeds if it is gone.
# In: CONTAINER, KNOWN_HOSTS_FILE, STACK, STATE_ID, STATE_FOLDER
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/owner.sh
source lib/owner.sh

assert_ours container "$CONTAINER"
remove_containers <<<"$CONTAINER"
rm -f "$KNOWN_HOSTS_FILE"
drop_empty_folder "$(dirname "$KNOWN_HOSTS_FILE")"
