#!/usr/bin/env bash
# Prints what of a VM's sidecar and forum does not work; if both run, the health that istiod has noted. The VM is looked at first: a unit that is
# stopped is started at once, and nobody waits for the mesh to hear of it. The health of before a restart stays in the WorkloadEntry until the VM is
# heard of again, so it counts only beside a connection.
# In: KUBECONFIG, PROXY (NAME.NAMESPACE), NAMESPACE, WORKLOAD_ENTRY; the command that checks the services on the VM as arguments
set -euo pipefail

bad=$("$@")
if [ -n "$bad" ]; then
  printf '%s\n' "$bad"
  exit
fi
istioctl proxy-status | grep "^$PROXY " >/dev/null
kubectl --namespace "$NAMESPACE" get workloadentry "$WORKLOAD_ENTRY" --output 'jsonpath={.status.conditions[?(@.type=="Healthy")].status}'
