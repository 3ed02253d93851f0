#!/usr/bin/env bash
# Ensures the stack's SSH key, ed25519 without a passphrase, mode 0600.
# In:  KEY_FILE
# Out: the private key (secret).
set -euo pipefail

umask 077
mkdir -p "$(dirname "$KEY_FILE")"
partial=$KEY_FILE.$$
trap 'rm -f "$partial" "$partial.pub"' EXIT

# Prints the public half; fails if the file is absent or was damaged.
public_half() {
  chmod 600 "$KEY_FILE" 2>/dev/null && ssh-keygen -y -P "" -f "$KEY_FILE" 2>/dev/null
}

if ! public_half >/dev/null; then
  rm -f "$KEY_FILE"
  ssh-keygen -q -t ed25519 -N "" -C istio-lab -f "$partial"
  # Takes its name only when it is whole; if another run was faster, its key counts.
  ln "$partial" "$KEY_FILE" 2>/dev/null || [ -s "$KEY_FILE" ] || mv "$partial" "$KEY_FILE"
fi
public_half >"$partial.pub"
mv "$partial.pub" "$KEY_FILE.pub"
cat "$KEY_FILE"
