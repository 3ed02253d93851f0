#!/usr/bin/env bash
# Forgets a host's key.
# In: KNOWN_HOSTS_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

rm -f "$KNOWN_HOSTS_FILE"
drop_empty_folder "$(dirname "$KNOWN_HOSTS_FILE")"
