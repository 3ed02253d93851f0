#!/usr/bin/env bash
# What the scripts of a kind cluster share. In: CLUSTER

# Removes the cluster's nodes. Not by `kind delete`: that stops at a node that is frozen.
remove_cluster() {
  docker ps --all --quiet --filter "label=io.x-k8s.kind.cluster=$CLUSTER" | remove_containers
}
