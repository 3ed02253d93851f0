#!/usr/bin/env bash
# Ensures MetalLB and its address pool.
# In: KUBECONFIG, MANIFEST; pool and advertisement by stdin.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

pool=$(cat)
kubectl apply --server-side --force-conflicts --validate=false --filename "$MANIFEST" >/dev/null
kubectl --namespace metallb-system wait --for=condition=Available --timeout=180s deployment/controller >/dev/null

# The webhook answers some time after the controller is Available (https://github.com/metallb/metallb/issues/1597).
apply_pool() {
  kubectl apply --server-side --force-conflicts --validate=false --filename - <<<"$pool"
}
wait_until 60 "MetalLB takes its address pool" apply_pool
