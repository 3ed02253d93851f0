#!/usr/bin/env bash
# Makes a root CA, RSA 2048, valid for ten years. Its key goes through pipes only and never lies in a file.
# In:  NAME (common name and DNS name)
# Out: certificate and key, PEM (secret).
# See the notes, 12: `step certificate create root.istio.in.action … --profile root-ca --not-after 87600h --kty RSA`.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/certificate.sh
source lib/certificate.sh

key=$(new_key)
openssl req -x509 -new -sha256 -days "$TEN_YEARS" -subj "/CN=$NAME" -key <(say "$key") -config <(request_config "$(ca_extensions 1)") -extensions ca
say "$key"
