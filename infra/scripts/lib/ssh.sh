#!/usr/bin/env bash
# Logging in to a host whose key is pinned. In: ADDRESS, SSH_USER, KEY_FILE, KNOWN_HOSTS_FILE

# on_host COMMAND: asks nobody, trusts no other key and reads no configuration of the user.
on_host() {
  ssh -F none -n -o IdentityFile="\"${KEY_FILE//%/%%}\"" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=5 \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="\"${KNOWN_HOSTS_FILE//%/%%}\"" -o LogLevel=ERROR "$SSH_USER@$ADDRESS" "$@"
}
