#!/usr/bin/env bash
# Prints who has signed the certificate of a workload, and for which name: the leaf of the chain that Envoy presents.
# In: KUBECONFIG, WORKLOAD (NAME.NAMESPACE)
set -euo pipefail

istioctl proxy-config secret "deploy/$WORKLOAD" --output json | tr -d ' \n' | grep -o '"certificateChain":{"inlineBytes":"[^"]*' | cut -d '"' -f 6 |
  openssl base64 -d -A | openssl x509 -noout -issuer -ext subjectAltName
