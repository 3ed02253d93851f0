#!/usr/bin/env bash
# Sends a request that enters in one cluster, and prints what catalog's sidecar in another one has logged with the same id. A proxy writes its log
# up to a second later, so that a try finds what the one before it sent; the id is the gateway's own, which keeps none that comes from outside.
# In: URL, HOST (the Host header), ENTERS and ENDS (contexts of the clusters)
set -euo pipefail

mark='?istio-lab-verify'
id='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
curl --silent --output /dev/null --max-time 5 --header "Host: $HOST" "$URL$mark"
ids=$(kubectl --context "$ENTERS" logs --namespace istio-system deploy/istio-ingressgateway --since 60s | grep -F "$mark " | grep -oE "$id")
kubectl --context "$ENDS" logs --namespace istioinaction deploy/catalog --container istio-proxy --since 60s | grep -F "$ids" | tail -n 1
