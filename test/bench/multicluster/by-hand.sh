#!/usr/bin/env bash
# The multicluster lab as the study notes have it, one step after another, with the same tools and images: what `up` is measured against.
# In:  NAME (prefix of all it makes), SUBNET (a /16), PORT (the first cluster's port 80), MANIFESTS, SHARED_MANIFESTS and SCRIPTS (folders),
#      NODE_IMAGE, VM_IMAGE, WEBAPP_IMAGE, CATALOG_IMAGE, BACKEND_IMAGE, NETSHOOT_IMAGE, METALLB_MANIFEST,
#      FOLDER (its own, for kubeconfigs and keys; holds kind-*.yaml, control-plane-*.yaml, east-west-*.yaml, pool-*.yaml)
# Out: lines "STEP SECONDS"; what the steps print goes to stderr.
set -euo pipefail
# shellcheck source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

umask 077
network=$NAME-network client=$NAME-mypc
clusters=(west east)

clean() {
  local cluster
  docker rm -fv "$client"
  for cluster in "${clusters[@]}"; do
    kind delete cluster --name "$NAME-$cluster" --kubeconfig "$FOLDER/$cluster-kubeconfig"
  done
  docker network rm "$network"
} >/dev/null 2>&1
trap 'clean || true' EXIT

# kubectl and istioctl of a cluster: k CLUSTER ARGUMENTS…, i CLUSTER ARGUMENTS…
k() { kubectl --kubeconfig "$FOLDER/$1-kubeconfig" "${@:2}"; }
i() { istioctl --kubeconfig "$FOLDER/$1-kubeconfig" "${@:2}"; }

make_network() {
  docker network create --subnet "$SUBNET" --ip-range "${SUBNET%/16}/28" --gateway "${SUBNET%.0/16}.1" "$network"
}

make_cluster() {
  KIND_EXPERIMENTAL_DOCKER_NETWORK=$network kind create cluster --name "$NAME-$1" --image "$NODE_IMAGE" \
    --kubeconfig "$FOLDER/$1-kubeconfig" --config "$FOLDER/kind-$1.yaml"
}

make_client() {
  docker run --detach --name "$client" --hostname mypc --network "$network" --ip "${SUBNET%.0/16}.100" \
    --privileged --cgroupns private --tmpfs /run --tmpfs /tmp "$VM_IMAGE"
  until_so docker exec "$client" systemctl is-active multi-user.target
}

make_load_balancer() {
  k "$1" apply --filename "$METALLB_MANIFEST"
  k "$1" --namespace metallb-system rollout status deployment/controller
  k "$1" --namespace metallb-system rollout status daemonset/speaker
  until_so k "$1" apply --filename "$FOLDER/pool-$1.yaml"
}

make_certificates() (
  cd "$SCRIPTS"
  NAME=root.istio.in.action bash ca-root-create.sh >"$FOLDER/root.pem"
  openssl x509 -in "$FOLDER/root.pem" -out "$FOLDER/root-cert.pem"
  for cluster in "${clusters[@]}"; do
    made=$FOLDER/$cluster-certificates
    mkdir "$made"
    NAME=$cluster.intermediate.istio.in.action bash ca-intermediate-create.sh <"$FOLDER/root.pem" >"$made/both.pem"
    openssl x509 -in "$made/both.pem" -out "$made/ca-cert.pem"
    openssl pkey -in "$made/both.pem" -out "$made/ca-key.pem"
    cat "$made/ca-cert.pem" "$FOLDER/root-cert.pem" >"$made/cert-chain.pem"
  done
)

give_certificates() {
  local cluster made
  for cluster in "${clusters[@]}"; do
    made=$FOLDER/$cluster-certificates
    k "$cluster" create namespace istio-system
    k "$cluster" create secret generic cacerts --namespace istio-system --from-file "$made/ca-cert.pem" \
      --from-file "$made/ca-key.pem" --from-file "$FOLDER/root-cert.pem" --from-file "$made/cert-chain.pem"
    k "$cluster" label namespace istio-system "topology.istio.io/network=$cluster-network"
  done
}

install_istio() { i "$1" install -y --filename "$FOLDER/control-plane-$1.yaml"; }

# deploy CLUSTER MANIFEST…: by their names, with the toolchain's images.
deploy() {
  local cluster=$1 manifest file
  for manifest in "${@:2}"; do
    file=$MANIFESTS/$manifest.yaml
    [ -f "$file" ] || file=$SHARED_MANIFESTS/$manifest.yaml
    sed -e "s|istioinaction/webapp:latest|$WEBAPP_IMAGE|" -e "s|istioinaction/catalog:latest|$CATALOG_IMAGE|" \
      -e "s|nicholasjackson/fake-service:[^ ]*|$BACKEND_IMAGE|" -e "s|nicolaka/netshoot:[^ ]*|$NETSHOOT_IMAGE|" \
      -e "s|\${cluster}|$cluster|" -e "s|\${CLUSTER}|${cluster^^}|" "$file" | k "$cluster" apply --filename -
  done
}

stands() { k "$1" --namespace istioinaction rollout status "deployment/$2"; }

deploy_store() {
  deploy west namespace webapp webapp-gateway catalog-stub
  deploy east namespace catalog
  stands west webapp
  stands east catalog
}

# let_read CLUSTER OTHER: the istiod of CLUSTER reads what runs in OTHER.
let_read() {
  i "$2" create-remote-secret --name "$2-cluster" --server "https://$NAME-$2-control-plane:6443" | k "$1" apply --filename -
}

introduce() {
  let_read west east
  let_read east west
}

install_gateway() { i "$1" install -y --filename "$FOLDER/east-west-$1.yaml"; }

expose_services() {
  deploy west expose-services
  deploy east expose-services
}

deploy_backends() {
  deploy west simple-backend simple-backend-gateway locality-failover netshoot
  deploy east simple-backend
  stands west simple-backend-west
  stands east simple-backend-east
  stands west netshoot
}

first_answer() {
  until_so curl -fsS --max-time 5 -H "Host: webapp.istioinaction.io" "http://127.0.0.1:$PORT/api/catalog"
}

timed "network" make_network
timed "cluster-west" make_cluster west
timed "cluster-east" make_cluster east
timed "mypc" make_client
timed "load-balancer-west" make_load_balancer west
timed "load-balancer-east" make_load_balancer east
timed "certificates" make_certificates
timed "cacerts" give_certificates
timed "istio-west" install_istio west
timed "istio-east" install_istio east
timed "applications" deploy_store
timed "remote-secrets" introduce
timed "east-west-gateway-east" install_gateway east
timed "east-west-gateway-west" install_gateway west
timed "exposed-services" expose_services
timed "backends" deploy_backends
timed "first-answer" first_answer
