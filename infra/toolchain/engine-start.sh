#!/usr/bin/env bash
# Starts the Docker engine, by the init system where there is one, and waits until it answers.
# Input: LOG and PID_FILE for an engine that no init system starts, DEADLINE in seconds.
set -euo pipefail
: "${LOG:?file for the log of dockerd}" "${PID_FILE:?file for the process id of dockerd}" "${DEADLINE:=60}"
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
last="no answer yet"

answers() {
  last=$(docker version --format '{{.Server.Version}}' 2>&1)
}

if answers; then
  exit 0
fi
if [ -d /run/systemd/system ]; then
  systemctl start docker
elif [ ! -s "$PID_FILE" ] || ! kill -0 "$(cat "$PID_FILE")" 2>/dev/null; then
  rm -f "$PID_FILE"
  # A session of its own and no open file of ours: it outlives this terminal, and nobody waits for its output.
  setsid dockerd --pidfile "$PID_FILE" </dev/null >>"$LOG" 2>&1 &
fi
for ((second = 0; second < DEADLINE; second++)); do
  if answers; then
    exit 0
  fi
  sleep 1
done
echo "dockerd does not answer after $DEADLINE s: $last" >&2
tail -n 15 "$LOG" >&2 2>/dev/null || true
exit 1
