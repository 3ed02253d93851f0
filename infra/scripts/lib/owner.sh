#!/usr/bin/env bash
# Whose a container or network is. Nothing that carries another owner's mark, or none, is ever changed or removed.
# In: STACK (exact name), STATE_ID (of the state folder), STATE_FOLDER (its path, for people)

# The mark of everything that the stack makes, as options of docker.
# shellcheck disable=SC2034,SC2153 # Used by the scripts that take this in; STATE_ID is no other name of state_id.
owner_labels=(--label "istio-lab.stack=$STACK" --label "istio-lab.state=$STATE_ID" --label "istio-lab.folder=$STATE_FOLDER")

# name_label NAME: the mark of a container beside them. Docker copies a container's labels into an image that is made of it, and from there into other
# containers; only the one that we made still has the name that its label says.
name_label() {
  printf '%s' "--label=istio-lab.name=$1"
}

# The same as a filter for docker's lists.
owner_filters=(--filter "label=istio-lab.stack=$STACK" --filter "label=istio-lab.state=$STATE_ID")

# assert_ours KIND NAME: fails if there is one of that name and it belongs to somebody else, or if Docker cannot tell.
assert_ours() {
  local labels=.Labels found stack state name folder whose="something other than istio-lab"
  [ "$1" = network ] || labels=.Config.Labels
  found=$(docker "$1" inspect --format \
    "{{index $labels \"istio-lab.stack\"}}|{{index $labels \"istio-lab.state\"}}|{{index $labels \"istio-lab.name\"}}|{{index $labels \"istio-lab.folder\"}}" "$2" 2>&1) || {
    [[ $found == *"o such"* || $found == *"not found"* ]] || fail "$(explain "whose the $1 $2 is cannot be told" "$found")"
    return 0
  }
  IFS='|' read -r stack state name folder <<<"$found"
  if [ "$1" = container ] && [ "$name" != "$2" ]; then stack=""; fi
  [ "$stack|$state" != "$STACK|$STATE_ID" ] || return 0
  [ -z "$stack" ] || whose="stack \"$stack\" of the state folder ${folder:-that its labels do not name}"
  fail "the $1 $2 belongs to $whose and stays as it is; choose another stack name with --stack, or remove it yourself"
}

# own_containers FILTER...: prints the names of the stack's own containers that match docker's filters.
own_containers() {
  local filters=("${owner_filters[@]}") filter
  for filter in "$@"; do filters+=(--filter "$filter"); done
  docker ps --all "${filters[@]}" --format '{{.Names}} {{.Label "istio-lab.name"}}' | while read -r name marked; do
    [ "$name" != "$marked" ] || printf '%s\n' "$name"
  done
}
