#!/usr/bin/env bash
# Removes containers with their volumes; succeeds if they are gone. Who calls it has made sure that they are the stack's own.
# In: names or ids by stdin, one a line
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

remove_containers
