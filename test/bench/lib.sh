#!/usr/bin/env bash
# What the labs by hand share: steps with their times, and waiting.

# timed STEP COMMAND…: runs it and prints the seconds that it took.
timed() {
  local start=$EPOCHREALTIME
  "${@:2}" >&2
  awk -v step="$1" -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { printf "%s %.1f\n", step, end - start }'
}

until_so() {
  local deadline=$((SECONDS + 180))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { echo "not so after 180 s: $*" >&2; exit 1; }
    sleep 0.2
  done
}
