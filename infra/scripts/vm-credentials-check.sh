#!/usr/bin/env bash
# Prints whether a VM and istiod can still prove to each other who they are, as root on the VM: "valid", or what is not. After a night off both the
# token (one hour) and the certificate (one day) may be too old, and nothing on the VM can get another one. A mesh that was installed again has
# another root certificate.
# In: the mesh's root certificate by stdin (PEM)
set -euo pipefail

certificate=/etc/certs/cert-chain.pem root=/etc/certs/root-cert.pem token=/etc/istio/tokens/istio-token
if [ "$(cat)" != "$(cat "$root" 2>/dev/null)" ]; then
  echo "outdated: $root is not the root certificate of the mesh"
  exit 0
fi
if [ -s "$certificate" ] && openssl x509 -checkend 60 -noout -in "$certificate" >/dev/null; then
  echo valid
  exit 0
fi
# The second part of a JSON Web Token holds its expiry; base64 wants the padding that such a token leaves out.
claims=$(cut -d . -f 2 "$token" 2>/dev/null | tr '_-' '/+' || true)
while [ $((${#claims} % 4)) -ne 0 ]; do claims=$claims=; done
expiry=$(base64 -d <<<"$claims" 2>/dev/null | grep -oE '"exp": *[0-9]+' | grep -oE '[0-9]+$' || true)
if [ "${expiry:-0}" -gt $(($(date +%s) + 60)) ]; then
  echo valid
else
  echo "expired: the token ended at ${expiry:-an unknown time} (now: $(date +%s)), and there is no certificate that lasts"
fi
