#!/usr/bin/env bash
# Powers an instance off once the time in its own tag `expiry` has come; asked every minute. The tag is read from the instance metadata
# service, so that another time needs no login, and no credentials are here. Where the service does not answer, the last answer counts.
# In: nothing
set -euo pipefail

metadata=http://169.254.169.254/latest
last=/var/lib/istio-lab/expiry

ask() {
  local token
  token=$(curl -sf --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
  curl -sf --max-time 5 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/tags/instance/expiry"
}

mkdir -p "$(dirname "$last")"
if answer=$(ask) && date -ud "$answer" >/dev/null; then
  printf '%s\n' "$answer" >"$last"
fi
[ -s "$last" ] || exit 0
if (($(date -u +%s) >= $(date -ud "$(cat "$last")" +%s))); then
  printf 'the lab expired at %s: powering off\n' "$(cat "$last")"
  # The answer of before is no reason any more once somebody starts the instance again.
  rm -f "$last"
  systemctl poweroff
fi
