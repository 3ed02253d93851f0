#!/usr/bin/env bash
# Whose a container or network is. Nothing that carries another owner's mark, or none, is ever changed or removed.
# In: STACK (exact name), STATE_ID (of the state folder), STATE_FOLDER (its path, for people)

# The mark of everything that the stack makes, as options of docker.
# shellcheck disable=SC2034 # Used by the scripts that take this in.
owner_labels=(--label "istio-lab.stack=$STACK" --label "istio-lab.state=$STATE_ID" --label "istio-lab.folder=$STATE_FOLDER")

# The same as a filter for docker's lists.
owner_filters=(--filter "label=istio-lab.stack=$STACK" --filter "label=istio-lab.state=$STATE_ID")

# owner_of KIND NAME: prints "ours", or whose the container or network is; fails if there is none of that name.
owner_of() {
  local labels=.Labels found stack state folder
  [ "$1" = network ] || labels=.Config.Labels
  found=$(docker "$1" inspect --format \
    "{{index $labels \"istio-lab.stack\"}}|{{index $labels \"istio-lab.state\"}}|{{index $labels \"istio-lab.folder\"}}" "$2" 2>/dev/null) || return 1
  IFS='|' read -r stack state folder <<<"$found"
  if [ "$stack|$state" = "$STACK|$STATE_ID" ]; then
    echo ours
  elif [ -z "$stack" ]; then
    echo "something other than istio-lab"
  else
    echo "stack \"$stack\" of the state folder ${folder:-that its labels do not name}"
  fi
}

# assert_ours KIND NAME: fails if there is one of that name and it belongs to somebody else.
assert_ours() {
  local owner
  owner=$(owner_of "$1" "$2") || return 0
  [ "$owner" = ours ] || fail "the $1 $2 belongs to $owner and stays as it is; choose another stack name with --stack, or remove it yourself"
}

# own_containers FILTER...: prints the ids of the stack's own containers that match docker's filters.
own_containers() {
  local filters=("${owner_filters[@]}") filter
  for filter in "$@"; do filters+=(--filter "$filter"); done
  docker ps --all --quiet --no-trunc "${filters[@]}"
}
