#!/usr/bin/env bash
# Ensures the stack's SSH key, ed25519 without a passphrase, mode 0600.
# In:  KEY_FILE
# Out: the private key (secret).
set -euo pipefail

umask 077
mkdir -p "$(dirname "$KEY_FILE")"
[ -s "$KEY_FILE" ] || ssh-keygen -q -t ed25519 -N "" -C istio-lab -f "$KEY_FILE"
[ -s "$KEY_FILE.pub" ] || ssh-keygen -y -f "$KEY_FILE" >"$KEY_FILE.pub"
cat "$KEY_FILE"
