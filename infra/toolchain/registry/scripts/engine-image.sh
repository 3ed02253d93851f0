#!/usr/bin/env bash
# Gives a root file system to the container engine as an image of one layer.
#   LAB_ARCHIVE  archive of the root file system, compressed with zstd
#   LAB_IMAGE    reference of the image
#   LAB_CHANGES  lines of Dockerfile instructions
set -euo pipefail
: "${LAB_ARCHIVE:?}" "${LAB_IMAGE:?}" "${LAB_CHANGES:?}"

changes=()
while IFS= read -r line; do changes+=(--change "$line"); done <<<"$LAB_CHANGES"
zstd -dc "$LAB_ARCHIVE" | docker import "${changes[@]}" - "$LAB_IMAGE" >/dev/null
docker image inspect --format '{{.Id}} {{.Size}}' "$LAB_IMAGE"
