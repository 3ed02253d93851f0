#!/usr/bin/env bash
# Removes the stack's SSH key.
# In: KEY_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

rm -f "$KEY_FILE" "$KEY_FILE".*
drop_empty_folder "$(dirname "$KEY_FILE")"
