#!/usr/bin/env bash
# In a pod: asks Bookinfo's details, and prints the status and the port of Envoy's from which the answer came.
# In: nothing; the address of details as an argument
set -euo pipefail

curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}\n' "http://$1:9080/details/0"
conntrack -L --proto tcp --orig-dst "$1" 2>/dev/null | sed -nE 's/.* src=127.0.0.1 .* sport=(15001) .*/\1/p' | sort -u
