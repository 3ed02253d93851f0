#!/usr/bin/env bash
# What the scripts that start a VM's sidecar share.

sidecar_logs=/var/log/istio
declare -A sidecar_logged=()

# sidecar_restart: restarts the sidecar; fails with the reason that its agent gives.
sidecar_restart() {
  local said log
  for log in "$sidecar_logs"/*.log; do
    sidecar_logged[$log]=$(stat -c %s "$log" 2>/dev/null || echo 0)
  done
  said=$(systemctl restart istio 2>&1) || fail "$(sidecar_failure "$said")"
}

# sidecar_failure SAID: the message: the agent's own reason; without one what systemd says.
sidecar_failure() {
  local what reason
  what="$(hostname): the sidecar does not start"
  reason=$(sidecar_reason)
  if [ -n "$reason" ]; then
    printf '%s: %s\n' "$what" "$reason"
  else
    explain "$what" "$(sidecar_journal)
$1"
  fi
}

# sidecar_reason: the last error in the agent's logs since sidecar_restart; nothing if there is none. systemd never sees it: the agent writes into files.
sidecar_reason() {
  local log
  for log in "$sidecar_logs"/istio.log "$sidecar_logs"/istio.err.log; do
    tail -c "+$((${sidecar_logged[$log]:-0} + 1))" "$log" 2>/dev/null || true
  done | grep -a -E '^([0-9T:.Z-]+[[:space:]]+)?([Ee]rror|[Ff]atal|panic)[[:space:]:]' | tail -n 1 |
    sed -E 's/^[0-9T:.Z-]+[[:space:]]+//; s/^(error|fatal)[[:space:]]+/\1: /' || true
}

# sidecar_journal: the last lines of the unit's journal, without the rules of iptables that the agent's start prints there.
sidecar_journal() {
  journalctl --unit istio --lines 40 --output cat --no-pager 2>/dev/null | grep -v -E '^([:*#]|-[AIND] |COMMIT$)' | tail -n 4 || true
}
