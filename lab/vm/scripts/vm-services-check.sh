#!/usr/bin/env bash
# Prints what of a VM's sidecar and forum does not work, as root on the VM; nothing if both run and traffic goes through the sidecar.
# In: nothing
set -euo pipefail
# shellcheck source=../../../infra/scripts/lib/common.sh
source ../../../infra/scripts/lib/common.sh

bad=$(for unit in istio forum; do
  state=$(systemctl show --property SubState --value "$unit")
  [ "$state" = running ] || echo "$unit is $state"
done)
if [ -n "$bad" ]; then
  # A VM that starts has its units stopped, and that says nothing.
  case $(systemctl is-system-running 2>&1 || true) in
  initializing | starting) echo starting ;;
  *) printf '%s\n' "$bad" ;;
  esac
  exit
fi

# leads_through_sidecar: fails with the word of iptables. Somebody may have removed the rules, e.g. by `iptables -t nat -F`.
leads_through_sidecar() {
  iptables --wait --table nat --check OUTPUT --jump ISTIO_OUTPUT &&
    iptables --wait --table nat --check PREROUTING --protocol tcp --jump ISTIO_INBOUND
}

# The sidecar makes the rules as it starts, so they may come a moment later.
said=$(wait_until 5 "rules that redirect traffic to the sidecar" leads_through_sidecar 2>&1) || echo "istio is bypassed: $said"
