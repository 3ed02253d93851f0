#!/usr/bin/env bash
# In a pod: prints the status of a request.
# In: nothing; the URL as an argument
set -euo pipefail

curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}\n' "$1"
