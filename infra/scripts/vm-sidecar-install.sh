#!/usr/bin/env bash
# Ensures Istio's sidecar package on a VM, as root.
# In: PACKAGE (path on the VM)
# See the study notes, 13.3.3 Step1.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

settled() {
  local seen
  seen=$(systemctl is-system-running 2>&1) || true
  printf '%s' "$seen"
  [[ $seen == running || $seen == degraded ]]
}
wait_until 120 "$(hostname): the system has started" settled
export DEBIAN_FRONTEND=noninteractive
# A machine that has just started may be installing its updates.
unlocked() {
  ! command -v fuser >/dev/null || ! fuser /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock
}
# A step that runs again finds the package installed and its file, 50 MB, gone.
if [ -f "$PACKAGE" ]; then
  wait_until 300 "$(hostname): no other package is being installed" unlocked
  quietly "$(hostname): the sidecar's package could not be installed" dpkg --force-confold --install "$PACKAGE"
  rm -f "$PACKAGE"
fi
dpkg --status istio-sidecar >/dev/null
