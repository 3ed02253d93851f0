#!/usr/bin/env bash
# Ensures a kind cluster of the given definition.
# In:  CLUSTER, NETWORK, NODE_IMAGE, IDENTITY (digest of the definition), KUBECONFIG_FILE, STACK, STATE_ID, STATE_FOLDER;
#      the definition by stdin.
# Out: the kubeconfig (secret).
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/owner.sh
source lib/owner.sh
# shellcheck source=lib/kind.sh
source lib/kind.sh

umask 077
definition=$(cat)
partial=$KUBECONFIG_FILE.partial
exclusive "$KUBECONFIG_FILE.lock"

# The kubeconfig gets its name only when kind has finished, so its absence tells a half-made cluster.
stands() {
  [ -s "$KUBECONFIG_FILE" ] && [ -n "$(kubectl --kubeconfig "$KUBECONFIG_FILE" --request-timeout 5s \
    get nodes --selector "istio-lab/identity=$IDENTITY" --output name 2>/dev/null)" ]
}

if ! stands; then
  rm -f "$KUBECONFIG_FILE" "$partial"
  remove_cluster
  marked_docker
  KIND_EXPERIMENTAL_DOCKER_NETWORK=$NETWORK kind create cluster --quiet --name "$CLUSTER" --image "$NODE_IMAGE" \
    --kubeconfig "$partial" --config - <<<"$definition" 2> >(grep -v KIND_EXPERIMENTAL >&2) || {
    remove_cluster
    fail "kind could not create the cluster $CLUSTER; its own words are above"
  }
  # CoreDNS is asked only every 10 s whether it is ready. It answers before that, and until then no proxy finds its istiod:
  # measured, 8 s in which two processors had next to nothing to do.
  kubectl --kubeconfig "$partial" --namespace kube-system patch service kube-dns \
    --patch '{"spec":{"publishNotReadyAddresses":true}}' >/dev/null
  mv "$partial" "$KUBECONFIG_FILE"
  rm -rf "$partial.lock" "$KUBECONFIG_FILE.docker"
fi
cat "$KUBECONFIG_FILE"
