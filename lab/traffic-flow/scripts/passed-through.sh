#!/usr/bin/env bash
# Prints the cluster by which the sidecar of nginx-pod has just sent requests to a server outside the mesh.
# In: KUBECONFIG, SERVER (its address)
set -euo pipefail

kubectl --namespace default logs nginx-pod --container istio-proxy --since 30s | grep -F "\"$SERVER:80\"" | grep -o PassthroughCluster | sort -u
