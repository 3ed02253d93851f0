#!/usr/bin/env bash
# Copies an image of the engine into a container of a kind node, as node-bake.sh wants it: its files as containers see them, its configuration and
# its name.
#   LAB_NODE       name of the node's container
#   LAB_IMAGE      the image, by its digest
#   LAB_PLATFORM   the image's platform, e.g. linux/amd64
#   LAB_REFERENCE  the name that the node is to know it by
#   LAB_ID         name of its folder
set -euo pipefail
: "${LAB_NODE:?}" "${LAB_IMAGE:?}" "${LAB_PLATFORM:?}" "${LAB_REFERENCE:?}" "${LAB_ID:?}"
folder=/kind/layers/$LAB_ID

# It never runs; an image without a command still wants one.
container=$(docker create --pull never --platform "$LAB_PLATFORM" --network none "$LAB_IMAGE" none)
trap 'docker rm --force --volumes "$container" >/dev/null' EXIT
docker exec "$LAB_NODE" mkdir -p "$folder"
docker export "$container" | docker exec --interactive "$LAB_NODE" \
  tar --extract --directory "$folder" --numeric-owner --same-permissions --xattrs --xattrs-include=security.capability --exclude=.dockerenv
docker image inspect --format '{"config": {{json .Config}}}' "$LAB_IMAGE" |
  docker exec --interactive "$LAB_NODE" tee "/bake/images/$LAB_ID.json" >/dev/null
printf '%s\n' "$LAB_REFERENCE" | docker exec --interactive "$LAB_NODE" tee "/bake/images/$LAB_ID.refs" >/dev/null
