#!/usr/bin/env bash
# Ensures what an IstioOperator manifest describes; returns when it is ready.
# In: KUBECONFIG; the IstioOperator by stdin.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

umask 077
manifest=$(mktemp)
trap 'rm -f "$manifest"' EXIT
cat >"$manifest"
quietly "istioctl could not install what the manifest says" \
  istioctl install --skip-confirmation --readiness-timeout 240s --filename "$manifest"
