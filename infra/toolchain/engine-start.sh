#!/usr/bin/env bash
# Starts the Docker engine, by the init system if there is one, and waits until it answers.
# Input: LOG and PID_FILE for an engine that no init system starts, DEADLINE in seconds, SYSTEMD: folder that is there if systemd runs.
set -euo pipefail
: "${LOG:?file for the log of dockerd}" "${PID_FILE:?file for the process id of dockerd}"
: "${DEADLINE:=60}" "${SYSTEMD:=/run/systemd/system}"
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
last="no answer yet"

answers() {
  last=$(timeout 10 docker version --format '{{.Server.Version}}' 2>&1)
}

if answers; then
  exit 0
fi
if [ -d "$SYSTEMD" ]; then
  systemctl start docker
elif [ ! -s "$PID_FILE" ] || ! kill -0 "$(cat "$PID_FILE")" 2>/dev/null; then
  # Without an init system nobody has mounted the control groups, and dockerd ends at once.
  if ! mountpoint --quiet /sys/fs/cgroup && command -v cgroupfs-mount >/dev/null; then
    cgroupfs-mount
  fi
  rm -f "$PID_FILE"
  # A session of its own and no open file of ours: it outlives this terminal, nobody waits for its output, and it is no lab's.
  setsid env --unset=ISTIO_LAB_STATE dockerd --pidfile "$PID_FILE" </dev/null >>"$LOG" 2>&1 &
fi
while ((SECONDS <= DEADLINE)); do
  if answers; then
    exit 0
  fi
  sleep 0.2
done
echo "dockerd does not answer after $DEADLINE s: ${last:-docker gave no answer for 10 s}" >&2
tail -n 15 "$LOG" >&2 2>/dev/null || true
exit 1
