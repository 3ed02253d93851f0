#!/usr/bin/env bash
# Stand-in for the program k3s: a control plane by kubeadm from what the kind node brings, behind k3s's own interface.
# In: a command of k3s, e.g. `server --disable traefik --cluster-cidr 172.16.0.0/16`, and its variables K3S_*
set -euo pipefail

version="@VERSION@"
node=/opt/instance
data=/var/lib/rancher/k3s
default_kubeconfig=/etc/rancher/k3s/k3s.yaml
admin=/etc/kubernetes/admin.conf

fail() {
  printf 'time="%s" level=fatal msg="%s"\n' "$(date -u +%FT%TZ)" "$*" >&2
  exit 1
}

kubectl() {
  "$node/kubernetes/kubectl" --kubeconfig "$admin" "$@"
}

# wait_until SECONDS COMMAND...
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "not so in time: $*"
    sleep 0.2
  done
}

# The settings of `k3s server`, as its flags, its variables and /etc/rancher/k3s/config.yaml give them.
declare -A one=(
  [cluster-cidr]=10.42.0.0/16 [service-cidr]=10.43.0.0/16 [node-name]=${K3S_NODE_NAME:-$(hostname)} [token]=${K3S_TOKEN:-}
  [write-kubeconfig]=${K3S_KUBECONFIG_OUTPUT:-$default_kubeconfig} [write-kubeconfig-mode]=${K3S_KUBECONFIG_MODE:-600}
  [node-ip]="" [node-external-ip]="" [advertise-address]="" [bind-address]="" [flannel-backend]="" [cluster-domain]=cluster.local
  [cluster-dns]="" [data-dir]="" [kubelet-arg]="" [kube-apiserver-arg]="" [log]="" [https-listen-port]=6443
)
declare -A many=([tls-san]="" [disable]="" [node-label]="")

# set_flag NAME VALUE
set_flag() {
  if [[ -v "one[$1]" ]]; then
    one[$1]=$2
  elif [[ -v "many[$1]" ]]; then
    many[$1]+=" ${2//,/ }"
  else
    fail "flag provided but not defined: -$1"
  fi
}

read_configuration() {
  local file=/etc/rancher/k3s/config.yaml line
  [ -e "$file" ] || return 0
  while read -r line; do
    [ -z "$line" ] || set_flag "${line%%=*}" "${line#*=}"
  done < <(python3 -c '
import sys, yaml
for key, value in (yaml.safe_load(open(sys.argv[1])) or {}).items():
    for one in value if isinstance(value, list) else [value]:
        print(f"{key}={one}")' "$file")
}

read_flags() {
  local name
  while [ $# -gt 0 ]; do
    case $1 in
    --cluster-init | --disable-network-policy | --disable-cloud-controller | --disable-helm-controller | --debug) ;;
    --*=*)
      name=${1%%=*}
      set_flag "${name#--}" "${1#*=}"
      ;;
    --*)
      [ $# -gt 1 ] || fail "flag needs an argument: $1"
      set_flag "${1#--}" "$2"
      shift
      ;;
    *) ;;
    esac
    shift
  done
}

node_address() {
  if [ -n "${one[node-ip]}" ]; then
    echo "${one[node-ip]}"
  else
    ip -4 -json address show dev eth0 | jq -r '.[0].addr_info[0].local'
  fi
}

kubeadm_configuration() {
  local address=$1 san sans="[localhost, 127.0.0.1, $1" gates=""
  for san in ${many[tls-san]}; do sans+=", \"$san\""; done
  # The node image says whether the kernel withholds what the kubelet wants to set.
  if grep -q 'restrict_oom_score_adj = true' /etc/containerd/config.toml; then gates="featureGates: {KubeletInUserNamespace: true}"; fi
  cat <<CONFIGURATION
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: $(cat /kind/version)
clusterName: default
apiServer: {certSANs: $sans]}
controllerManager: {extraArgs: {leader-elect: "false"}}
scheduler: {extraArgs: {leader-elect: "false"}}
networking: {podSubnet: "${one[cluster-cidr]}", serviceSubnet: "${one[service-cidr]}", dnsDomain: "${one[cluster-domain]}"}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: $address, bindPort: ${one[https-listen-port]}}
nodeRegistration:
  name: ${one[node-name],,}
  criSocket: unix:///run/containerd/containerd.sock
  taints: []
  kubeletExtraArgs: {node-ip: $address}
skipPhases: [preflight]
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupRoot: /kubelet
failSwapOn: false
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}
$gates
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
iptables: {minSyncPeriod: 1s}
conntrack: {maxPerCore: 0}
CONFIGURATION
}

make_token() {
  local folder=$data/server secret=${one[token]}
  install -d -m 700 "$folder"
  [ ! -s "$folder/token" ] || return 0
  [ -n "$secret" ] || secret=$(openssl rand -hex 16)
  (umask 077 && printf 'K10%s::server:%s\n' "$(sha256sum /etc/kubernetes/pki/ca.crt | cut -d " " -f 1)" "$secret" >"$folder/token")
  ln -sf token "$folder/node-token"
}

# As k3s writes it: everything is named "default", and the address is the loopback's.
write_kubeconfig() {
  local file=${one[write-kubeconfig]} source=/etc/kubernetes/super-admin.conf
  [ -e "$source" ] || source=$admin
  mkdir -p "$(dirname "$file")"
  "$node/kubernetes/kubectl" --kubeconfig "$source" config view --raw --output json |
    (umask 077 && jq -r --arg port "${one[https-listen-port]}" '"apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: \(.clusters[0].cluster["certificate-authority-data"])
    server: https://127.0.0.1:\($port)
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: \(.users[0].user["client-certificate-data"])
    client-key-data: \(.users[0].user["client-key-data"])"' >"$file.partial")
  chmod "${one[write-kubeconfig-mode]}" "$file.partial"
  mv "$file.partial" "$file"
}

# The first start: the control plane, and what kind does after it.
create_cluster() {
  local address=$1 label
  # An earlier first start may have died half-way.
  if [ -e "$admin" ]; then reset_node; fi
  mkdir -p "$data/agent"
  kubeadm_configuration "$address" >"$data/kubeadm.yaml"
  kubeadm init --config "$data/kubeadm.yaml" --skip-token-print
  sed "s|{{ *.PodSubnet *}}|${one[cluster-cidr]}|" /kind/manifests/default-cni.yaml | kubectl apply --filename - >/dev/null
  kubectl label nodes --all --overwrite node-role.kubernetes.io/control-plane=true node-role.kubernetes.io/master=true \
    node.kubernetes.io/instance-type=k3s node.kubernetes.io/exclude-from-external-load-balancers- >/dev/null
  for label in ${many[node-label]}; do kubectl label nodes --all --overwrite "$label" >/dev/null; done
  # CoreDNS answers before it says so.
  kubectl --namespace kube-system patch service kube-dns --patch '{"spec":{"publishNotReadyAddresses":true}}' >/dev/null
  touch "$data/created"
}

server() {
  local address
  read_configuration
  read_flags "$@"
  address=$(node_address)
  trap stop TERM INT
  systemctl start containerd.service
  if [ -e "$data/created" ]; then
    systemctl start kubelet.service
    wait_until 180 kubectl get --raw /readyz
  else
    create_cluster "$address"
  fi
  make_token
  write_kubeconfig
  systemd-notify --ready --status="k3s is up and running" || true
  # systemctl waits for this process: a trap runs only between two commands, or while waiting.
  if [[ " ${many[disable]} " != *" servicelb "* ]]; then
    serve_load_balancers "${one[node-external-ip]:-$address}" &
  fi
  while true; do
    sleep 3600 &
    wait $! || true
  done
}

# ServiceLB: services of type LoadBalancer get the node's address, unless another one has one of their ports.
serve_load_balancers() {
  local address=$1 namespace name
  while true; do
    # Any line is a change of some service.
    while read -r _; do
      while read -r namespace name; do
        kubectl --namespace "$namespace" patch service "$name" --subresource status --type merge \
          --patch "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"$address\",\"ipMode\":\"VIP\"}]}}}" >/dev/null || true
      done < <(waiting_load_balancer)
    done < <(kubectl get services --all-namespaces --watch --no-headers 2>/dev/null)
    sleep 1
  done
}

# The first service that has no address and can have one: its patch is a change, after which this is asked again.
waiting_load_balancer() {
  kubectl get services --all-namespaces --output json | jq -r '
    def ports: [.spec.ports[] | "\(.protocol // "TCP")/\(.port)"];
    [.items[] | select(.spec.type == "LoadBalancer")] | sort_by(.metadata.creationTimestamp)
    | ([.[] | select(.status.loadBalancer.ingress) | ports] | add // []) as $taken
    | [.[] | select(.status.loadBalancer.ingress | not) | select(ports - (ports - $taken) == [])][0] // empty
    | "\(.metadata.namespace) \(.metadata.name)"' || true
}

# Without k3s the pods go on, the control plane does not. A machine that halts ends everything by itself.
stop() {
  trap - TERM INT
  pkill -P $$ || true
  if [ "$(systemctl is-system-running || true)" != stopping ]; then
    systemctl stop kubelet.service
    "$node/kubernetes/crictl" ps --quiet --name '^(kube-apiserver|kube-controller-manager|kube-scheduler|etcd)$' |
      xargs --no-run-if-empty "$node/kubernetes/crictl" stop --timeout 3 >/dev/null || true
    systemctl stop containerd.service
  fi
  exit 0
}

# What an init that failed, or an uninstall, leaves.
reset_node() {
  systemctl start containerd.service
  kubeadm reset --force --cri-socket unix:///run/containerd/containerd.sock >/dev/null 2>&1 || true
  rm -rf /etc/kubernetes/manifests/* /var/lib/etcd "$data/created"
}

uninstall() {
  systemctl disable --now k3s.service || true
  reset_node
  systemctl stop kubelet.service containerd.service || true
  rm -rf /etc/systemd/system/k3s.service /etc/systemd/system/k3s.service.env /etc/rancher /var/lib/rancher
  find /usr/local/bin -lname k3s -delete
  rm -f /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s
  systemctl daemon-reload
}

client() {
  if [ -z "${KUBECONFIG:-}" ] && [ -e "$default_kubeconfig" ]; then
    [ -r "$default_kubeconfig" ] ||
      fail "Unable to read $default_kubeconfig, please start server with --write-kubeconfig-mode to modify kube config permissions"
    export KUBECONFIG=$default_kubeconfig
  fi
  exec "$node/kubernetes/kubectl" "$@"
}

case $(basename "$0") in
kubectl) client "$@" ;;
crictl) exec "$node/kubernetes/crictl" "$@" ;;
esac
case ${1:-} in
--version | -v) printf 'k3s version %s (stand-in)\ngo version go1.22.8\n' "$version" ;;
kubectl) client "${@:2}" ;;
crictl) exec "$node/kubernetes/crictl" "${@:2}" ;;
ctr) exec /usr/bin/ctr "${@:2}" ;;
token) cat "$data/server/token" ;;
server) server "${@:2}" ;;
uninstall) uninstall ;;
*) fail "this stand-in has no command: ${1:-}" ;;
esac
