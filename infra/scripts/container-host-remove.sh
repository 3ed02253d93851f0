#!/usr/bin/env bash
# Removes a container that stands for a VM; succeeds where it is gone.
# In: CONTAINER, KNOWN_HOSTS_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

remove_containers <<<"$CONTAINER"
rm -f "$KNOWN_HOSTS_FILE"
drop_empty_folder "$(dirname "$KNOWN_HOSTS_FILE")"
