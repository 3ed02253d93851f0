# shellcheck shell=bash
# Stand-in for kube-ps1: the context and the namespace for a prompt.
kube_ps1() {
  local context
  context=$(kubectl config current-context 2>/dev/null) || context=N/A
  if [ -n "${KUBE_PS1_CLUSTER_FUNCTION:-}" ]; then context=$("$KUBE_PS1_CLUSTER_FUNCTION" "$context"); fi
  printf '(⎈|%s:%s%s' "$context" "default" "${KUBE_PS1_SUFFIX:-)}"
}
