#!/usr/bin/env bash
# Lets other clusters' istiods read a cluster: makes a token for istio-reader-service-account.
# In:  KUBECONFIG, CLUSTER_ID (Istio's name of the cluster), SERVER (URL of its API server, as other clusters reach it)
# Out: a kubeconfig with that token, YAML (secret).
# See the study notes, 12: `istioctl x create-remote-secret --name=…`.
set -euo pipefail
secret=$(istioctl create-remote-secret --name "$CLUSTER_ID" --server "$SERVER")
# What is read out of the Secret never passes a parser whose errors quote it.
printf '%s\n' "$secret" |
  kubectl create --dry-run=client --validate=false --filename - --output "jsonpath={.stringData.$CLUSTER_ID}"
