#!/usr/bin/env bash
# Ensures MetalLB and its address pool. Returns before its pods run: who needs an address waits for that address.
# In: KUBECONFIG, MANIFEST; pool and advertisement by stdin.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

apply_stdin() {
  kubectl apply --server-side --force-conflicts --validate=false --filename - >/dev/null
}

# Prints the manifest's webhook configurations (yes) or all the rest (no).
webhooks() {
  awk -v wanted="$1" 'BEGIN { RS = "(^|\n)---\n" } { is = ($0 ~ /(^|\n)kind: ValidatingWebhookConfiguration/) ? "yes" : "no" }
    is == wanted { print "---"; print }' "$MANIFEST"
}

# The controller would make this secret too, but the speaker's pod cannot mount it until then, and the kubelet comes back
# to that later and later: measured, 30 s until the first address is announced.
ensure_memberlist() {
  local said
  said=$(head -c 96 /dev/urandom | base64 | tr -d '\n' |
    kubectl --namespace metallb-system create secret generic memberlist --validate=false --from-file secretkey=/dev/stdin 2>&1) ||
    # The controller, or an earlier run, was faster.
    [[ $said == *"already exists"* ]] || fail "$(explain "the secret memberlist of MetalLB could not be made" "$said")"
}

# Until kube-proxy works, the API server's service address leads out of the node, to whoever answers there: MetalLB's pods then end
# and come back later and later.
await_service_network() {
  local node
  quietly "kube-proxy does not run" kubectl --namespace kube-system rollout status daemonset/kube-proxy --timeout 90s
  for node in $(kubectl get nodes --output 'jsonpath={.items[*].metadata.name}'); do
    wait_until 90 "kube-proxy of $node works" kubectl get --raw "/api/v1/nodes/$node:10256/proxy/healthz"
  done
}

# The webhook refuses pools until its certificate has reached its pod, some time after the controller is Available
# (https://github.com/metallb/metallb/issues/1597): on a first run the pool goes in before there is a webhook.
pool=$(cat)
await_service_network
take_pool() {
  apply_stdin <<<"$pool"
}
webhooks no | apply_stdin
ensure_memberlist
wait_until 90 "MetalLB takes its address pool" take_pool
webhooks yes | apply_stdin
