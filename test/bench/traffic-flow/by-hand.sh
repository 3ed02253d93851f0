#!/usr/bin/env bash
# The traffic-flow lab as the study notes have it, one step after another, with the same tools and images: what `up` is measured against.
# In:  NAME (prefix of all it makes), NODE_IMAGE, VM_IMAGE, MANIFESTS (folder), BOOKINFO (file),
#      FOLDER (its own; holds kind.yaml, control-plane.yaml), SUBNET, PORT, DOMAIN
# Out: lines "STEP SECONDS"; what the steps print goes to stderr.
set -euo pipefail
# shellcheck source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

export KUBECONFIG=$FOLDER/kubeconfig
network=$NAME-network cluster=$NAME-myk8s client=$NAME-testpc
base=${SUBNET%.0/16}

clean() {
  docker rm -fv "$client"
  kind delete cluster --name "$cluster"
  docker network rm "$network"
} >/dev/null 2>&1
trap 'clean || true' EXIT

make_cluster() {
  docker network create --subnet "$SUBNET" --ip-range "$base.2/31" --gateway "$base.1" "$network"
  KIND_EXPERIMENTAL_DOCKER_NETWORK=$network kind create cluster --name "$cluster" --image "$NODE_IMAGE" --config "$FOLDER/kind.yaml"
}

make_client() {
  docker run --detach --name "$client" --hostname testpc --network "$network" --ip "$base.3" --add-host "$DOMAIN:$base.2" \
    --privileged --cgroupns private --tmpfs /run --tmpfs /tmp "$VM_IMAGE"
}

install_istio() {
  kubectl apply --filename "$MANIFESTS/namespaces.yaml"
  istioctl install -y --filename "$FOLDER/control-plane.yaml"
  kubectl apply --filename "$FOLDER/addons.yaml"
}

deploy_nginx() {
  kubectl apply --filename "$MANIFESTS/nginx.yaml" --filename "$MANIFESTS/nginx-pod.yaml" --filename "$MANIFESTS/gateway.yaml"
  sed "s|\${domain}|$DOMAIN|" "$MANIFESTS/nginx-route.yaml" | kubectl apply --filename -
  kubectl rollout status deployment/deploy-websrv
}

deploy_bookinfo() {
  kubectl apply --filename "$BOOKINFO" --filename "$MANIFESTS/bookinfo-gateway.yaml" --filename "$MANIFESTS/bookinfo-destination-rules.yaml"
  kubectl wait --for condition=Available --timeout 180s deployment --all
}

first_answer() {
  until_so docker exec "$client" curl -fsS --max-time 5 "http://$DOMAIN:30000/"
  until_so docker exec "$client" curl -fsS --max-time 5 "http://$base.2:30000/productpage"
}

timed "cluster" make_cluster
timed "client" make_client
timed "istio" install_istio
timed "nginx" deploy_nginx
timed "bookinfo" deploy_bookinfo
timed "first-answer" first_answer
