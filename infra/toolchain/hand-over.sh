#!/usr/bin/env bash
# Gives what root has made in another user's cache to that user.
# CACHE: the folder; OWNER, GROUP: the user's numbers.
set -euo pipefail

cd "$CACHE"
# Images are made of the root file systems, with the owners that the files have.
find . -regex '\./store/[^/]*/root' -prune -o ! -user "$OWNER" -exec chown -h "$OWNER:$GROUP" {} +
