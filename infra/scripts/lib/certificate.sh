#!/usr/bin/env bash
# What the scripts that make certificates share. In: NAME

# The notes' 87600h, in days.
# shellcheck disable=SC2034 # Used by the scripts that take this in.
TEN_YEARS=3650

command -v openssl >/dev/null || {
  echo "openssl is not installed, and the mesh's certificates are made with it; on Debian and Ubuntu: apt-get install openssl" >&2
  exit 1
}

say() {
  printf '%s\n' "$1"
}

# Prints a new private key. While openssl looks for one it draws dots on stderr: only what goes wrong is of interest.
new_key() {
  local said
  { said=$(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>&1 >&3) || fail "$(explain "openssl could not make a key" "$said")"; } 3>&1
}

# ca_extensions LENGTH: what makes a certificate a CA's, with at most LENGTH CAs below it.
ca_extensions() {
  printf '%s\n' "basicConstraints=critical,CA:TRUE,pathlen:$1" keyUsage=critical,keyCertSign,cRLSign \
    subjectKeyIdentifier=hash "subjectAltName=DNS:$NAME"
}

# request_config EXTENSIONS: the configuration that `openssl req` insists on.
request_config() {
  printf '%s\n' '[req]' distinguished_name=name '[name]' '[ca]' "$1"
}
