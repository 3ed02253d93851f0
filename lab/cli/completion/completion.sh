# shellcheck shell=bash
# Part of what `lab completion bash` prints; the function lab stands in front of it. Sourced into the shell of a person, so it sets no options.
_lab() {
  local word
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <(lab completion bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # A value follows at once; bash 3 has no compopt.
  if [[ "${COMPREPLY[0]-}" == *= ]]; then
    compopt -o nospace 2>/dev/null || true
  fi
}
complete -o default -F _lab lab
