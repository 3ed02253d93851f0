#!/usr/bin/env bash
# Calls simple-backend through the ingress gateway; counts the statuses and the messages, each kind in a line.
# In: URL, HOST (the Host header), CALLS, AT_A_TIME
set -euo pipefail

# `--silent` does not silence the meter of `--parallel`.
curl --no-progress-meter --max-time 5 --parallel --parallel-max "$AT_A_TIME" --write-out '\n%{http_code}\n' --header "Host: $HOST" \
  "$URL?call=[1-$CALLS]" | grep -oE '^[0-9]{3}$|Hello from [A-Z0-9-]+' | LC_ALL=C sort | uniq -c
