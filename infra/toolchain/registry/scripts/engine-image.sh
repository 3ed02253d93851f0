#!/usr/bin/env bash
# Gives an image to the container engine.
#   LAB_ARCHIVE  archive of one image without a name, as `docker load` reads it, compressed with zstd
#   LAB_IMAGE    reference that the image gets
set -euo pipefail
: "${LAB_ARCHIVE:?}" "${LAB_IMAGE:?}"

loaded=$(zstd -dc "$LAB_ARCHIVE" | docker load --quiet)
id=${loaded##*: }
docker tag "$id" "$LAB_IMAGE"
docker image inspect --format '{{.Id}} {{.Size}}' "$LAB_IMAGE"
