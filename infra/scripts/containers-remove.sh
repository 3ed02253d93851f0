#!/usr/bin/env bash
# Removes containers with their volumes; succeeds where they are gone.
# In: names or ids by stdin, one a line
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

remove_containers
