#!/usr/bin/env bash
# Prints the ERROR_RATEs that backends have, e.g. `ERROR_RATE=1 in deployment/simple-backend-west`, a line each.
# In: BACKENDS: lines of "DEPLOYMENT CONTEXT"
set -euo pipefail

rates='{range .spec.template.spec.containers[*].env[?(@.name=="ERROR_RATE")]}{.name}={.value}{"\n"}{end}'
while read -r deployment context; do
  kubectl --context "$context" --namespace istioinaction get "$deployment" --output "jsonpath=$rates" | sed "s|\$| in $deployment|"
done <<<"$BACKENDS"
