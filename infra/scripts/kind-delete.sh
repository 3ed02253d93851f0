#!/usr/bin/env bash
# Removes a kind cluster and its kubeconfig; succeeds if both are gone.
# In: CLUSTER, KUBECONFIG_FILE, STACK, STATE_ID, STATE_FOLDER
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/owner.sh
source lib/owner.sh
# shellcheck source=lib/kind.sh
source lib/kind.sh

exclusive "$KUBECONFIG_FILE.exclusive"
remove_cluster
remove_kubeconfig
drop_empty_folder "$(dirname "$KUBECONFIG_FILE")"
