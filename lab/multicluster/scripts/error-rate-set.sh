#!/usr/bin/env bash
# Sets the ERROR_RATE of a backend, or takes it away if it is still the one that was set: after a killed verify the user may have set another one.
# Waits for the new pods.
# In: KUBECONFIG, DEPLOYMENT, RATE, IS_WANTED (yes or no)
set -euo pipefail

client=(kubectl --namespace istioinaction)
rates='{range .spec.template.spec.containers[*].env[?(@.name=="ERROR_RATE")]}{.name}={.value}{"\n"}{end}'
if [ "$IS_WANTED" = yes ]; then
  "${client[@]}" set env "$DEPLOYMENT" "ERROR_RATE=$RATE"
elif [ "$("${client[@]}" get "$DEPLOYMENT" --output "jsonpath=$rates")" = "ERROR_RATE=$RATE" ]; then
  "${client[@]}" set env "$DEPLOYMENT" ERROR_RATE-
fi
"${client[@]}" rollout status "$DEPLOYMENT" --timeout 100s
