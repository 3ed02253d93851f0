#!/usr/bin/env bash
# Removes the stack's SSH key.
# In: KEY_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

# With what a killed step has left, which has its process in its name; what else lies beside the key is the user's.
for file in "$KEY_FILE" "$KEY_FILE".*; do
  [[ ! ${file#"$KEY_FILE"} =~ ^(\.[0-9]+)?(\.pub)?$ ]] || rm -f "$file"
done
drop_empty_folder "$(dirname "$KEY_FILE")"
