#!/usr/bin/env bash
# Has a node register itself with its cluster again, as root on the node: a kubelet does so, with the labels that kind has given it, only when it starts.
# In: nothing
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

name=$(hostname)
systemctl restart kubelet
wait_until 45 "the node $name is registered" kubectl --kubeconfig /etc/kubernetes/admin.conf get node "$name"
