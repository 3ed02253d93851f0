#!/usr/bin/env bash
# Sends a request from the client, and prints what is logged of it. A request of each try is found by its own user agent. Envoy writes its log once
# a second.
# In: KUBECONFIG, URL, LOGS: lines of "NAMESPACE POD CONTAINER"; the command that logs in to the client as arguments
set -euo pipefail

mark=istio-lab-verify/$RANDOM
logs() {
  while read -r namespace pod container; do
    kubectl --namespace "$namespace" logs "$pod" --container "$container" --since 20s
  done <<<"$LOGS"
}
"$@" "curl --silent --output /dev/null --max-time 5 --user-agent $mark $URL"
for _ in {1..9}; do
  logs | grep -F "$mark" && exit 0
  sleep 0.2
done
exit 1
