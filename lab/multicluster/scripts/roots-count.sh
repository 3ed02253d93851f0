#!/usr/bin/env bash
# Counts the root certificates that the workloads of clusters trust: fingerprints and subjects, each kind in a line.
# In: CONTEXTS (separated by blanks)
set -euo pipefail

read -ra clusters <<<"$CONTEXTS"
for context in "${clusters[@]}"; do
  kubectl --context "$context" --namespace istioinaction get configmap istio-ca-root-cert --output 'jsonpath={.data.root-cert\.pem}' |
    openssl x509 -noout -fingerprint -sha256 -subject
done | LC_ALL=C sort | uniq -c
