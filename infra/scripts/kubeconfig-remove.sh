#!/usr/bin/env bash
# Removes a kubeconfig; succeeds if it is gone.
# In: KUBECONFIG_FILE
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

remove_kubeconfig
drop_empty_folder "$(dirname "$KUBECONFIG_FILE")"
