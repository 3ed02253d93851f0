#!/usr/bin/env bash
# Restarts the sidecar and forum of a VM, as root; they also start with the VM again.
# In: nothing
set -euo pipefail
# shellcheck source=../../../infra/scripts/lib/common.sh
source ../../../infra/scripts/lib/common.sh
# shellcheck source=../../../infra/scripts/lib/sidecar.sh
source ../../../infra/scripts/lib/sidecar.sh

systemctl enable --quiet istio forum
sidecar_restart
quietly "$(hostname): forum does not start" systemctl restart forum
