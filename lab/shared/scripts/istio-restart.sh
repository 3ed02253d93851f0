#!/usr/bin/env bash
# Restarts the pods of deployments of Istio's, and waits for them.
# In: DEPLOYMENTS (names) and CONTEXTS (separated by blanks; no context: the kubeconfig's own)
set -euo pipefail

read -ra clusters <<<"$CONTEXTS"
read -ra names <<<"$DEPLOYMENTS"
for context in "${clusters[@]:-}"; do
  client=(kubectl ${context:+--context "$context"} --namespace istio-system rollout)
  "${client[@]}" restart "${names[@]/#/deployment/}"
  for deployment in "${names[@]}"; do
    "${client[@]}" status "deployment/$deployment" --timeout 100s
  done
done
