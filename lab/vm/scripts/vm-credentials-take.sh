#!/usr/bin/env bash
# Gives a VM's sidecar a fresh token and the mesh's root certificate, as root on the VM. The agent prefers an expired certificate to a fresh token, so
# the certificate goes.
# In: nothing; by stdin the token in the first line, then the root certificate (PEM)
set -euo pipefail

IFS= read -r token
install -m 600 -o istio-proxy /dev/stdin /etc/istio/tokens/istio-token <<<"$token"
install -m 644 -o istio-proxy /dev/stdin /etc/certs/root-cert.pem
rm -f /etc/certs/key.pem /etc/certs/cert-chain.pem
systemctl restart istio
