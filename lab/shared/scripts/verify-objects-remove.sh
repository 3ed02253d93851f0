#!/usr/bin/env bash
# Takes away what a check has put into clusters. It looks afterwards: a delete may end well and have deleted nothing.
# In: KIND (as kubectl takes it), NAMESPACE, LABEL (of what checks make), CONTEXTS (separated by blanks; none: the kubeconfig's own)
set -euo pipefail

read -ra clusters <<<"$CONTEXTS"
for context in "${clusters[@]:-}"; do
  client=(kubectl ${context:+--context "$context"} --namespace "$NAMESPACE")
  "${client[@]}" delete "$KIND" --selector "$LABEL" --ignore-not-found
  left=$("${client[@]}" get "$KIND" --selector "$LABEL" --output name)
  [ -z "$left" ] || {
    echo "still there: $left" >&2
    exit 1
  }
done
