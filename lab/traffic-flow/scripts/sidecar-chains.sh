#!/usr/bin/env bash
# In a pod: prints `complete` if the rules of istio-init are there, else the one that is missing. Those of OUTPUT have lost their protocol in newer
# versions of Istio. 6.1.3.
# In: nothing
set -euo pipefail

rules=$(
  iptables-nft-save -t nat
  iptables-legacy-save -t nat
)
while read -r rule; do
  grep -qE -- "^$rule\$" <<<"$rules" || {
    echo "missing: $rule"
    exit 1
  }
done <<'RULES'
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A ISTIO_INBOUND -p tcp -m tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A OUTPUT (-p tcp )?-j ISTIO_OUTPUT
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
RULES
echo complete
