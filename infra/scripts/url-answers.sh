#!/usr/bin/env bash
# Waits until a URL answers 200.
# In: URL, HOST_NAME (the Host header). No ~/.curlrc (-q), also under a plain `pulumi up`.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

answers() {
  local status
  status=$(curl -q --silent --output /dev/null --max-time 5 --header "Host: $HOST_NAME" --write-out '%{http_code}' "$URL" 2>&1) || true
  printf '%s' "$status"
  [ "$status" = 200 ]
}
wait_until 120 "$URL with Host $HOST_NAME answers 200" answers
