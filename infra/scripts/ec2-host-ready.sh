#!/usr/bin/env bash
# Waits until an EC2 instance can be worked with: its SSH answers (it refuses for some 25 s), cloud-init is done and, on a cluster's machine,
# its node is ready. Its host key is taken when it is first seen, within a security group that lets in one caller, and pinned from then on.
# In:  HOST_NAME, ADDRESS (public), SSH_USER, INSTANCE, IS_CLUSTER (yes or no), KEY_FILE, KNOWN_HOSTS_FILE
# Out: the host's public ed25519 key
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/ssh.sh
source lib/ssh.sh

umask 077
mkdir -p "$(dirname "$KNOWN_HOSTS_FILE")"

pin_host_key() {
  local seen
  seen=$(ssh-keyscan -T 5 -t ed25519 "$ADDRESS" 2>&1) || true
  if [[ $seen =~ (ssh-ed25519 [A-Za-z0-9+/=]+) ]]; then
    printf '# %s\n%s %s\n' "$INSTANCE" "$ADDRESS" "${BASH_REMATCH[1]}" | replace_file "$KNOWN_HOSTS_FILE"
    return 0
  fi
  printf '%s' "${seen:-port 22 does not answer}"
  return 1
}

# `cloud-init status` answers 0 done, 1 failed, 2 done with something that it could do without. A login that breaks off, since the machine
# is busy, says nothing of it.
cloud_init_ended() {
  local status=0
  seen=$(on_host 'timeout 50 cloud-init status --wait' 2>&1) || status=$?
  # It prints dots while it waits.
  [[ $seen != *status:* ]] || seen="status:${seen##*status:}"
  ((status != 124)) && [[ $seen == status:* && $seen != *running* && $seen != *"not run"* ]]
}

await_cloud_init() {
  local deadline seen=""
  deadline_in 900
  until cloud_init_ended; do
    ((clock < deadline)) || fail "$HOST_NAME: cloud-init is at work for 900 s; last seen: $seen; $(log_tail)"
    pause 1
  done
  [[ $seen == *"status: done"* || $seen == *"status: degraded"* ]] ||
    fail "$HOST_NAME: cloud-init failed: $seen; $(log_tail)
It runs once: when the cause is repaired, terminate $INSTANCE and run up again, which makes another one; or destroy the lab"
}

log_tail() {
  printf 'the end of /var/log/cloud-init-output.log:\n%s' "$(on_host 'sudo tail -n 6 /var/log/cloud-init-output.log' 2>&1 || true)"
}

node_ready() {
  on_host 'sudo k3s kubectl get nodes --no-headers' | grep -w Ready
}

if ! grep -qx "# $INSTANCE" "$KNOWN_HOSTS_FILE" 2>/dev/null; then
  wait_until 240 "$HOST_NAME ($ADDRESS): SSH answers" pin_host_key
fi
wait_until 240 "$HOST_NAME ($ADDRESS): the user $SSH_USER can log in" on_host true
await_cloud_init
[ "$IS_CLUSTER" = no ] || wait_until 240 "$HOST_NAME: the node of k3s is ready" node_ready
awk '!/^#/ { printf "%s %s", $2, $3 }' "$KNOWN_HOSTS_FILE"
