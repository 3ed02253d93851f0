#!/usr/bin/env bash
# Says whether the cluster has the DestinationRule that keeps calls in the caller's region.
# In: KUBECONFIG, RULE (its name)
set -euo pipefail

found=$(kubectl --namespace istioinaction get destinationrule "$RULE" --ignore-not-found --output name)
echo "rule: ${found:-none}"
