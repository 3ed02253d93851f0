#!/usr/bin/env bash
# Ensures a systemd container that stands for a VM: sshd on a port of loopback, the stack's key for the user ubuntu.
# In:  CONTAINER, HOST_NAME, IMAGE, NETWORK, ADDRESS, SSH_PORT, IDENTITY, KEY_FILE, KNOWN_HOSTS_FILE,
#      HOSTS: lines of NAME:ADDRESS for its hosts file; STACK, STATE_ID, STATE_FOLDER
# Out: the host's public ed25519 key, taken through Docker and not over the network.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/owner.sh
source lib/owner.sh

umask 077
assert_ours container "$CONTAINER"
is_new=no

make_container() {
  local line said host_options=()
  while read -r line; do
    [ -z "$line" ] || host_options+=(--add-host "$line")
  done <<<"$HOSTS"
  said=$(docker run --pull never --detach --name "$CONTAINER" --hostname "$HOST_NAME" --network "$NETWORK" --ip "$ADDRESS" \
    --publish "127.0.0.1:$SSH_PORT:22" "${owner_labels[@]}" "$(name_label "$CONTAINER")" --label "istio-lab.identity=$IDENTITY" \
    --privileged --cgroupns private --tmpfs /run --tmpfs /tmp --restart unless-stopped ${host_options[@]+"${host_options[@]}"} "$IMAGE" 2>&1) || {
    # Another run was faster, or somebody else has taken the name.
    assert_ours container "$CONTAINER"
    [ "$(state_of)" = "true $IDENTITY" ] || fail "$(explain "the container $CONTAINER could not be started" "$said")"
  }
  is_new=yes
}

state_of() {
  docker inspect --format '{{.State.Running}} {{index .Config.Labels "istio-lab.identity"}}' "$CONTAINER" 2>/dev/null || true
}

# A host that was ready before counts as booted as soon as SSH answers: a unit of the user's may keep systemd waiting.
booted() {
  local seen
  seen=$(docker exec "$CONTAINER" systemctl is-system-running 2>&1) || true
  printf '%s' "$seen"
  [[ $seen == running || $seen == degraded ]] || { was_ready && docker exec "$CONTAINER" systemctl --quiet is-active ssh; }
}

# Only this script lets the key in, and only into a host that is ready.
was_ready() {
  docker exec "$CONTAINER" test -s /home/ubuntu/.ssh/authorized_keys >/dev/null 2>&1
}

# Prints how far a container came that does not become ready.
last_state() {
  docker exec "$CONTAINER" systemctl list-jobs --no-legend 2>/dev/null | head -n 3 | sed 's/^/waits for: /' || true
  docker logs --tail 4 "$CONTAINER" 2>&1 | sed 's/^/its log: /' || true
}

await_boot() {
  said=$( (wait_until 60 "$CONTAINER: systemd is up" booted) 2>&1)
}

# One that never ran, since e.g. its port was taken, holds nothing.
never_ran() {
  [ "$(docker inspect --format '{{.State.Status}}' "$CONTAINER" 2>/dev/null)" = created ]
}

state=$(state_of)
if [ "$state" = "false $IDENTITY" ] && ! never_ran; then
  quietly "the container $CONTAINER could not be started" docker start "$CONTAINER"
elif [ "$state" != "true $IDENTITY" ]; then
  [ -z "$state" ] || remove_containers <<<"$CONTAINER"
fi
[ -n "$(state_of)" ] || make_container
# One that never became ready is recreated, once. A new one is removed, so that the next run starts from nothing.
until await_boot; do
  last=$(last_state)
  if was_ready; then
    fail "$said
$last
nothing was removed; to lose all that is on it and have it recreated: docker rm --force --volumes $CONTAINER"
  fi
  remove_containers <<<"$CONTAINER"
  [ "$is_new" = no ] || fail "$said
$last
the container is removed, and recreated by the next up"
  make_container
done

docker exec --interactive "$CONTAINER" bash -euc '
  install -d -m 700 -o ubuntu -g ubuntu /home/ubuntu/.ssh
  install -m 600 -o ubuntu -g ubuntu /dev/stdin /home/ubuntu/.ssh/authorized_keys
  # The one key that is checked: `ssh-keygen -A` takes 2 s of processor time for an RSA key beside it.
  [ -s /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
  systemctl start ssh' <"$KEY_FILE.pub"

host_key=$(docker exec "$CONTAINER" cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub)
printf '[127.0.0.1]:%s %s\n' "$SSH_PORT" "$host_key" | replace_file "$KNOWN_HOSTS_FILE"
printf '%s' "$host_key"
