#!/usr/bin/env bash
# Prints the objects that neither the lab nor a check has made, a line each.
# In: KINDS (as kubectl takes them), NAMESPACES and CONTEXTS (separated by blanks; no context: the kubeconfig's own), LABEL (of what checks make),
#     MAKERS (managers of the fields of what the lab makes, as a regular expression)
set -euo pipefail

managers='{.metadata.managedFields[*].manager}'
line="{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.spec.mtls.mode}|$managers{\"\\n\"}{end}"
read -ra clusters <<<"$CONTEXTS"
read -ra places <<<"$NAMESPACES"
for context in "${clusters[@]:-}"; do
  for namespace in "${places[@]}"; do
    kubectl ${context:+--context "$context"} --namespace "$namespace" get "$KINDS" --selector "!$LABEL" --output "jsonpath=$line" |
      sed -E -e "/[|].*($MAKERS)/d" -e "s/ *[|].*\$/${context:+ in $context}, which the lab did not make/"
  done
done
