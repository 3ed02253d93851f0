#!/usr/bin/env bash
# Fetches the kubeconfig of a k3s server, with the address at which this machine reaches it and a context of the stack's own.
# In:  ADDRESS, SSH_USER, KEY_FILE, KNOWN_HOSTS_FILE, SERVER (URL), CONTEXT, KUBECONFIG_FILE
# Out: the kubeconfig (secret).
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/ssh.sh
source lib/ssh.sh

umask 077
partial=$KUBECONFIG_FILE.partial
fetched() {
  on_host 'sudo cat /etc/rancher/k3s/k3s.yaml' >"$partial" && grep -q client-key-data "$partial"
}
wait_until 60 "$ADDRESS: k3s has written its kubeconfig" fetched
sed -i.bak -e "s|https://127.0.0.1:6443|$SERVER|" -e "s|: default\$|: $CONTEXT|" "$partial"
rm -f "$partial.bak"
wait_until 60 "$SERVER answers with the certificate that k3s made" \
  kubectl --kubeconfig "$partial" --request-timeout 5s get --raw /readyz
cat "$partial"
place_kubeconfig "$partial"
