#!/usr/bin/env bash
# Runs a script in the network namespace of a pod, with the node's tools; a process of the pod is known by the pod's UID in its cgroup.
# In: KUBECONFIG, NODE (Docker's name of it), APP (the pod's label), SCRIPT (a file); the script's arguments as arguments
set -euo pipefail

uid=$(kubectl --namespace default get pods --selector "app=$APP" --output 'jsonpath={.items[0].metadata.uid}')
# shellcheck disable=SC2016 # For bash on the node.
docker exec --interactive "$NODE" bash -euo pipefail -c '
  file=$(grep --files-with-matches --extended-regexp "pod${1//-/[-_]}" /proc/[0-9]*/cgroup 2>/dev/null | head -n 1)
  pid=${file#/proc/}
  exec nsenter --net --target "${pid%/cgroup}" bash -euo pipefail -s -- "${@:2}"' - "$uid" "$@" <"$SCRIPT"
