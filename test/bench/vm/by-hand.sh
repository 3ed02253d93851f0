#!/usr/bin/env bash
# The vm lab as the study notes have it, one step after another, with the same tools and images: what `up` is measured against.
# In:  NAME (prefix of all it makes), NODE_IMAGE, VM_IMAGE, METALLB_MANIFEST, SIDECAR_PACKAGE, FORUM_BINARY, MANIFESTS and SHARED_MANIFESTS (folders),
#      FOLDER (its own, for keys and files; holds kind.yaml, control-plane.yaml, east-west.yaml, pool.yaml), SUBNET, PORT, SSH_PORT,
#      WEBAPP_IMAGE, CATALOG_IMAGE
# Out: lines "STEP SECONDS"; what the steps print goes to stderr.
set -euo pipefail
# shellcheck source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

export KUBECONFIG=$FOLDER/kubeconfig
network=$NAME-network cluster=$NAME-k3s-s vm=$NAME-forum-vm
address=$(sed 's/\.0\/24$/.200/' <<<"$SUBNET") gateway=$(sed 's/\.0\/24$/.240/' <<<"$SUBNET")
ssh_options=(-q -i "$FOLDER/key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=$FOLDER/known_hosts")

clean() {
  docker rm -fv "$vm"
  kind delete cluster --name "$cluster"
  docker network rm "$network"
} >/dev/null 2>&1
trap 'clean || true' EXIT

over_ssh() { ssh "${ssh_options[@]}" -p "$SSH_PORT" ubuntu@127.0.0.1 "$@"; }

make_cluster() {
  docker network create --subnet "$SUBNET" --ip-range "${SUBNET%.0/24}.10/31" --gateway "${SUBNET%.0/24}.1" "$network"
  KIND_EXPERIMENTAL_DOCKER_NETWORK=$network kind create cluster --name "$cluster" --image "$NODE_IMAGE" --config "$FOLDER/kind.yaml"
}

make_vm() {
  [ -s "$FOLDER/key" ] || ssh-keygen -q -t ed25519 -N "" -f "$FOLDER/key"
  docker run --detach --name "$vm" --hostname forum-vm --network "$network" --ip "$address" --publish "127.0.0.1:$SSH_PORT:22" \
    --privileged --cgroupns private --tmpfs /run --tmpfs /tmp "$VM_IMAGE"
  until_so docker exec "$vm" systemctl is-active multi-user.target
  docker exec -i "$vm" bash -euc 'install -d -m 700 -o ubuntu -g ubuntu /home/ubuntu/.ssh
    install -m 600 -o ubuntu -g ubuntu /dev/stdin /home/ubuntu/.ssh/authorized_keys; ssh-keygen -A; systemctl start ssh' <"$FOLDER/key.pub"
  until_so over_ssh true
}

make_load_balancer() {
  kubectl apply --filename "$METALLB_MANIFEST"
  kubectl --namespace metallb-system rollout status deployment/controller
  kubectl --namespace metallb-system rollout status daemonset/speaker
  until_so kubectl apply --filename "$FOLDER/pool.yaml"
}

install_istio() {
  kubectl apply --filename "$MANIFESTS/namespaces.yaml"
  istioctl install -y --filename "$FOLDER/control-plane.yaml"
  kubectl apply --filename "$FOLDER/addons.yaml"
}

install_gateway() {
  istioctl install -y --filename "$FOLDER/east-west.yaml"
  kubectl apply --filename "$SHARED_MANIFESTS/expose-services.yaml" --filename "$MANIFESTS/expose-istiod.yaml"
}

deploy_store() {
  sed "s|istioinaction/webapp:latest|$WEBAPP_IMAGE|" "$SHARED_MANIFESTS/webapp.yaml" | kubectl apply --filename -
  sed "s|istioinaction/catalog:latest|$CATALOG_IMAGE|" "$SHARED_MANIFESTS/catalog.yaml" | kubectl apply --filename -
  kubectl apply --filename "$SHARED_MANIFESTS/webapp-gateway.yaml"
  kubectl --namespace istioinaction rollout status deployment/webapp
  kubectl --namespace istioinaction rollout status deployment/catalog
}

send_configuration() {
  kubectl apply --filename "$MANIFESTS/forum.yaml" --filename "$MANIFESTS/workload-group.yaml"
  until_so kubectl --namespace forum-services get configmap istio-ca-root-cert
  rm -rf "$FOLDER/files"
  istioctl x workload entry configure --name forum --namespace forum-services --clusterID west-cluster --autoregister \
    --ingressIP "$gateway" --internalIP "$address" --output "$FOLDER/files"
  scp "${ssh_options[@]}" -P "$SSH_PORT" "$FOLDER"/files/* "$SIDECAR_PACKAGE" ubuntu@127.0.0.1:
  scp "${ssh_options[@]}" -P "$SSH_PORT" "$FORUM_BINARY" ubuntu@127.0.0.1:forum
}

join() {
  over_ssh sudo bash -eu <<'VM'
cd /home/ubuntu
dpkg -i ./*.deb
mkdir -p /etc/certs /var/run/secrets/tokens /etc/istio/config /etc/istio/proxy
cp root-cert.pem /etc/certs/root-cert.pem
cp istio-token /var/run/secrets/tokens/istio-token
cp cluster.env /var/lib/istio/envoy/cluster.env
cp mesh.yaml /etc/istio/config/mesh
cat hosts >>/etc/hosts
chown -R istio-proxy /var/lib/istio /etc/certs /etc/istio/proxy /etc/istio/config /var/run/secrets
systemctl start istio
systemctl enable istio
chmod +x forum
systemd-run --quiet --unit forum --setenv LOCAL_USERS=true /home/ubuntu/forum
VM
}

first_answer() {
  until_so sh -c "curl -fsS --max-time 5 -H 'Host: webapp.istioinaction.io' http://127.0.0.1:$PORT/api/users"
}

timed "cluster" make_cluster
timed "vm" make_vm
timed "load-balancer" make_load_balancer
timed "istio" install_istio
timed "east-west-gateway" install_gateway
timed "applications" deploy_store
timed "configuration" send_configuration
timed "join" join
timed "first-answer" first_answer
