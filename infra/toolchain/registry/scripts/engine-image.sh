#!/usr/bin/env bash
# Gives an image to the container engine.
#   LAB_ARCHIVE  archive of one image without a name, as `docker load` reads it, compressed with zstd
#   LAB_IMAGE    reference that the image gets
set -euo pipefail
: "${LAB_ARCHIVE:?}" "${LAB_IMAGE:?}"

# Another cache folder gave the same: loading it again would take the name away from an image that labs run on.
if docker image inspect "$LAB_IMAGE" >/dev/null 2>&1; then exit 0; fi

loaded=$(zstd -dc "$LAB_ARCHIVE" | docker load --quiet)
id=${loaded##*: }
docker tag "$id" "$LAB_IMAGE"
docker image inspect --format '{{.Id}} {{.Size}}' "$LAB_IMAGE"
