#!/usr/bin/env bash
# Brings a VM a fresh token, as `istioctl x workload entry configure` asks for it, and the root certificate that istiod writes into each namespace.
# In: KUBECONFIG, NAMESPACE, SERVICE_ACCOUNT; the command that runs vm-credentials-take.sh on the VM as arguments
set -euo pipefail

token=$(kubectl --namespace "$NAMESPACE" create token "$SERVICE_ACCOUNT" --audience istio-ca --duration 1h)
{
  printf '%s\n' "$token"
  kubectl --namespace "$NAMESPACE" get configmap istio-ca-root-cert --output 'jsonpath={.data.root-cert\.pem}'
} | "$@"
