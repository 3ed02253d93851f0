#!/usr/bin/env bash
# What the scripts of a kind cluster share. In: CLUSTER, and what lib/owner.sh wants

# Removes the cluster's nodes; fails at one that the stack did not make. Not by `kind delete`: that stops at a node that is frozen.
remove_cluster() {
  local node
  for node in $(docker ps --all --filter "label=io.x-k8s.kind.cluster=$CLUSTER" --format '{{.Names}}') "$CLUSTER-control-plane"; do
    assert_ours container "$node"
  done
  own_containers "label=io.x-k8s.kind.cluster=$CLUSTER" | remove_containers
}

# Puts a docker in front of PATH that marks the containers that kind makes, since kind has no option for labels, and that pulls nothing: set-up
# has brought the node's image. In: KUBECONFIG_FILE, beside which it lies
marked_docker() {
  local folder=$KUBECONFIG_FILE.docker docker
  docker=$(command -v docker)
  mkdir -p "$folder"
  {
    # shellcheck disable=SC2016 # For the script that is written.
    printf '#!/bin/bash\n# docker, as kind gets it\ncase ${1-} in\nrun)\n  shift\n'
    printf '  exec %q run --pull never' "$docker"
    # shellcheck disable=SC2154 # Of lib/owner.sh.
    printf ' %q' "${owner_labels[@]}" "$(name_label "$CLUSTER-control-plane")"
    # shellcheck disable=SC2016 # For the script that is written.
    printf ' "$@"\n  ;;\npull)\n  echo "the image ${*: -1} is not on this machine; run: npm run lab -- setup" >&2\n  exit 1\n  ;;\n'
    printf '*) exec %q "$@" ;;\nesac\n' "$docker"
  } >"$folder/docker"
  chmod 700 "$folder/docker"
  PATH=$folder:$PATH
}
