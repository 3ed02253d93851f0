#!/usr/bin/env bash
# Takes a VM out of the mesh: sidecar stopped, iptables clean, WorkloadEntry gone. Neither a VM nor a cluster that is gone is an obstacle; a VM that has
# been made in place of this one, at the same address and with an entry of the same name, is left alone.
# In: KUBECONFIG, NAMESPACE, WORKLOAD_ENTRY, HOST_IDENTITY, SSH_PORT, SSH_USER, SSH_ADDRESS, KEY_FILE, KNOWN_HOSTS_FILE
# See the study notes, 13.6.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

on_vm() {
  ssh -F none -n -o IdentityFile="\"${KEY_FILE//%/%%}\"" -p "$SSH_PORT" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile="\"${KNOWN_HOSTS_FILE//%/%%}\"" "$SSH_USER@$SSH_ADDRESS" "$@"
}

if joined=$(on_vm 'cat /etc/istio/istio-lab-host') && [ "$joined" != "$HOST_IDENTITY" ]; then
  exit 0
fi
on_vm "sudo -n bash -euc '
    systemctl disable --quiet --now istio
    /usr/local/bin/istio-start.sh clean
    rm -rf /etc/istio/tokens /var/run/secrets/tokens /etc/certs/key.pem /etc/certs/cert-chain.pem
    ! iptables-save -t nat | grep -q ISTIO'" >&2 ||
  printf 'the VM did not answer over SSH; only its WorkloadEntry is removed\n' >&2

# Pulumi deletes what belongs to a cluster that is replaced even if its node is gone: with the cluster went the entry.
if ! kubectl --request-timeout 20s get --raw /readyz >/dev/null; then
  printf 'the cluster does not answer; the WorkloadEntry of the VM is in it\n' >&2
  exit 0
fi
kubectl --namespace "$NAMESPACE" --request-timeout 20s delete workloadentry "$WORKLOAD_ENTRY" --ignore-not-found --wait >&2
