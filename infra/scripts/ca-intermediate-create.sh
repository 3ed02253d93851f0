#!/usr/bin/env bash
# Makes an intermediate CA, RSA 2048, valid for ten years. No key ever lies in a file.
# In:  NAME (common name and DNS name); the root's certificate and key by stdin.
# Out: certificate and key, PEM (secret).
# See the notes, 12: `step certificate create west.intermediate.istio.in.action … --profile intermediate-ca --kty RSA`.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/certificate.sh
source lib/certificate.sh

root=$(cat)
key=$(new_key)
request=$(openssl req -new -sha256 -subj "/CN=$NAME" -key <(say "$key") -config <(request_config ""))
# openssl tells on stderr whom it has signed; only what goes wrong is of interest.
{
  said=$(openssl x509 -req -sha256 -days "$TEN_YEARS" -in <(say "$request") -CA <(say "$root") -CAkey <(say "$root") \
    -set_serial "0x$(openssl rand -hex 16)" -extfile <(ca_extensions 0) 2>&1 >&3) ||
    fail "$(explain "openssl could not sign the certificate of $NAME" "$said")"
} 3>&1
say "$key"
