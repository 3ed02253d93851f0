#!/usr/bin/env bash
# Removes a kind cluster and its kubeconfig; succeeds where both are gone.
# In: CLUSTER, KUBECONFIG_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

exclusive "$KUBECONFIG_FILE.lock"
kind delete cluster --quiet --name "$CLUSTER" --kubeconfig "$KUBECONFIG_FILE.partial"
rm -f "$KUBECONFIG_FILE" "$KUBECONFIG_FILE".*
drop_empty_folder "$(dirname "$KUBECONFIG_FILE")"
