#!/usr/bin/env bash
# What the setups of EC2 instances share. They run once, as root, by cloud-init, which keeps all that they say in its log.
# In: HOST_NAME, ADDRESS (on the lab's network), PACKAGES (separated by spaces)

# again TIMES COMMAND...: a mirror or a release page that does not answer at once is asked again.
again() {
  local times=$1 attempt
  shift
  for ((attempt = 1; attempt <= times; attempt++)); do
    "$@" && return 0
    printf 'attempt %s of %s failed: %s\n' "$attempt" "$times" "$*" >&2
    sleep 3
  done
  return 1
}

# What the notes' user data does to both machines before anything is installed.
prepare_machine() {
  local service
  printf 'sudo su -\n' >>/home/ubuntu/.bashrc
  grep -q " $HOST_NAME\$" /etc/hosts || printf '%s %s\n' "$ADDRESS" "$HOST_NAME" >>/etc/hosts
  for service in ufw apparmor; do
    systemctl disable --now "$service" || true
  done
}

install_packages() {
  local words
  read -ra words <<<"$PACKAGES"
  export DEBIAN_FRONTEND=noninteractive
  again 5 apt-get -q -o DPkg::Lock::Timeout=300 update
  again 5 apt-get -q -y -o DPkg::Lock::Timeout=300 install "${words[@]}"
}
