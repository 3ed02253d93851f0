#!/usr/bin/env bash
# Runs the script of a step on this machine in a clean shell, and checks its output before it is kept. The command provider starts it as
# `bash --norc -p -c THIS NAME`: what it says of a failure then names the script and never holds its text. Privileged mode (-p) ignores BASH_ENV,
# SHELLOPTS and functions of the caller, and --norc the ~/.bashrc that bash reads if its input is a socket; what the script starts gets none.
# In:  $0 (name of the script), ISTIO_LAB_SCRIPT_<name> (its text);
#      ISTIO_LAB_OUTPUT (extended regular expression that the output of one script matches; empty: the output is nobody's),
#      ISTIO_LAB_OUTPUT_OF (that script: a step's delete gets the same variables as its create) and ISTIO_LAB_OUTPUT_IS (its name)
# Out: what the script prints; nothing if it fails: half an output may be half a secret, and the provider puts it into its message.
set -euo pipefail

variable=ISTIO_LAB_SCRIPT_${0//[^a-z0-9]/_}
clean=(-u BASH_ENV -u ENV -u SHELLOPTS -u BASHOPTS -u CDPATH -u GLOBIGNORE -u POSIXLY_CORRECT)
while IFS= read -r line; do
  case $line in
    BASH_FUNC_*=* | ISTIO_LAB_SCRIPT_*=* | ISTIO_LAB_OUTPUT*=*) clean+=(-u "${line%%=*}") ;;
  esac
done < <(env)
# A nested shell tells by SHLVL that it is one. No kuberc file and no other platform of images, also under a plain `pulumi up`.
run=(env "${clean[@]}" -u DOCKER_DEFAULT_PLATFORM KUBERC=off KUBECTL_KUBERC=false SHLVL=2 /bin/bash --norc -p -c "${!variable}" "$0")

[ "${ISTIO_LAB_OUTPUT_OF:-}" = "$0" ] || exec "${run[@]}"
output=$("${run[@]}")
[[ $output =~ $ISTIO_LAB_OUTPUT ]] || {
  printf '%s: it printed something else than %s, which is not kept\n' "$0" "$ISTIO_LAB_OUTPUT_IS" >&2
  exit 1
}
printf '%s\n' "$output"
