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
log=$KUBECONFIG_FILE.log
context=kind-$CLUSTER
# Not .lock, by which kubectl itself locks the file.
exclusive "$KUBECONFIG_FILE.exclusive"

# The kubeconfig gets its name only when kind has finished, so its absence tells a half-made cluster. A whole one of this definition is never recreated,
# whatever is wrong with it: all that was in it would be lost.
stands() {
  local node
  grep -q -x "context $context" <<<"$(kubeconfig_entries "$KUBECONFIG_FILE")" || return 1
  node=$(own_containers "label=io.x-k8s.kind.cluster=$CLUSTER")
  [ -n "$node" ] || return 1
  docker unpause "$node" >/dev/null 2>&1 || true
  quietly "the node $node could not be started" docker start "$node"
  is_of_definition "$node" || return 1
  # A node that was stopped, or a machine that is busy, gets time to answer.
  (wait_until 60 "$CLUSTER: the API server answers" answers) || give_up "$node"
  # After `kubectl delete node`: a kubelet registers its node only when it starts.
  if ! has_node; then
    quietly "the kubelet of $node could not be restarted" docker exec "$node" systemctl restart kubelet
    (wait_until 60 "$CLUSTER: its node is known" has_node) || give_up "$node"
  fi
}

# By what kubeadm got from kind: the node's own label may have been changed. What cannot be read is no other definition.
is_of_definition() {
  local labels
  labels=$(docker exec "$1" grep -o 'istio-lab/identity=[0-9a-f]*' /kind/kubeadm.conf) || true
  [ -z "$labels" ] || grep -q -x "istio-lab/identity=$IDENTITY" <<<"$labels"
}

give_up() {
  fail "nothing was removed; heal restarts the node; to lose all that is in the cluster and have it recreated: docker rm --force --volumes $1"
}

# The current context may be another one: a shell whose KUBECONFIG names the file lets kind and kubectl change it.
in_cluster() {
  kubectl --kubeconfig "$KUBECONFIG_FILE" --context "$context" --request-timeout 5s "$@"
}

has_node() {
  [ -n "$(in_cluster get nodes --output name)" ]
}

answers() {
  in_cluster get --raw /readyz
}

# kind's own words, with what kubeadm and the node said last: kind waits for words of the node, and does not show those that came. What
# kubeadm logs, and the Go stack with which it ends, is left out.
explain_kind() {
  local said kubeadm='error execution phase .*|\[[a-z-]+\] .* is not healthy after .*'
  said=$(grep -v -E -e KIND_EXPERIMENTAL -e 'Here be dragons' -e $'^\t' -e '^(main|runtime|k8s\.io|github\.com)[./][^ ]*$' \
    -e '^(Command Output: )?[IW][0-9]{4} ' -e "$kubeadm" <<<"$1" || true)
  said=$(explain "kind could not create the cluster $CLUSTER" "$said")
  head -n 1 <<<"$said"
  grep -o -E "$kubeadm" <<<"$1" | tail -n 2 | sed 's/^/kubeadm: /' || true
  docker logs --tail 50 "$CLUSTER-control-plane" 2>&1 | grep -i -E 'fail|error|too many' | tail -n 2 | sed 's/^/its node: /' || true
  tail -n +2 <<<"$said" | tail -n 4
  printf 'all of it: %s\n' "$log"
}

if ! stands; then
  drop_own_entries
  rm -f "$partial" "$log"
  remove_cluster
  marked_docker
  # Without --retain kind removes a node that failed, with all that it could tell. (--quiet would silence its errors, too.)
  KIND_EXPERIMENTAL_DOCKER_NETWORK=$NETWORK kind create cluster --retain --name "$CLUSTER" --image "$NODE_IMAGE" \
    --kubeconfig "$partial" --config - <<<"$definition" >"$log" 2>&1 || {
    reason=$(explain_kind "$(cat "$log")")
    remove_cluster
    rm -rf "$partial" "$partial".* "$KUBECONFIG_FILE.docker"
    fail "$reason"
  }
  # CoreDNS is asked only every 10 s whether it is ready. It answers before that, and until then no proxy finds its istiod:
  # measured, 8 s in which two processors had next to nothing to do.
  quietly "the service kube-dns of $CLUSTER could not be changed" kubectl --kubeconfig "$partial" --namespace kube-system \
    patch service kube-dns --patch '{"spec":{"publishNotReadyAddresses":true}}'
  place_kubeconfig "$partial"
  rm -rf "$partial".* "$log" "$KUBECONFIG_FILE.docker"
fi
kubectl --kubeconfig "$KUBECONFIG_FILE" --context "$context" config view --raw --minify --flatten
