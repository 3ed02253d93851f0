/**
 * `kubectl config` for a fake kubectl, as bash text that ends it: a kubeconfig of these is a text with the name of a context in each line, and none of
 * its contexts is the current one.
 */
export const KUBECONFIG_COMMANDS = `case "$*" in
  *"config view --output jsonpath="*) sed "s/^/context /" "$2"; exit ;;
  *"config current-context") exit 1 ;;
  "config view "*) IFS=:; cat $KUBECONFIG | sort -u; exit ;;
  *"config view "*) cat "$2"; exit ;;
  *"config delete-context "*) text=$(grep -v -x "\${!#}" "$2"); echo "$text" >"$2"; exit ;;
esac`;
