#!/usr/bin/env bash
# In a pod: prints for which port connections came that Envoy answered, and the port from which it did.
# In: nothing
set -euo pipefail

conntrack -L --proto tcp --orig-port-dst 80 2>/dev/null | sed -nE 's/.* dport=(80) .* sport=(15006) .*/\1 \2/p' | sort -u
