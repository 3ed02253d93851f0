#!/usr/bin/env bash
# Waits until istiod has registered a VM and finds it healthy.
# In: KUBECONFIG, NAMESPACE, WORKLOAD_ENTRY; for the removal: HOST_IDENTITY and how to log in
# See the study notes, 13.3.3 Step4 and 13.3.5 Step4.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

healthy() {
  local seen
  seen=$(kubectl --namespace "$NAMESPACE" get workloadentry "$WORKLOAD_ENTRY" --output \
    jsonpath='{range .status.conditions[?(@.type=="Healthy")]}{.type} {.status} {.message}{end}' 2>&1)
  printf '%s' "${seen:-istiod has not asked it for its health yet}"
  [[ $seen == "Healthy True"* ]]
}
wait_until 120 "WorkloadEntry $NAMESPACE/$WORKLOAD_ENTRY is healthy" healthy
