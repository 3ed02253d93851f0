#!/usr/bin/env bash
# Removes a kind cluster and its kubeconfig; succeeds where both are gone.
# In: CLUSTER, KUBECONFIG_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/kind.sh
source lib/kind.sh

exclusive "$KUBECONFIG_FILE.lock"
remove_cluster
rm -f "$KUBECONFIG_FILE" "$KUBECONFIG_FILE".*
drop_empty_folder "$(dirname "$KUBECONFIG_FILE")"
