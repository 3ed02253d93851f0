# Part of what `lab completion zsh` prints; the function lab stands in front of it.
_lab() {
  local word meaning
  local -a found shown
  while IFS=$'\t' read -r word meaning; do
    found+=("$word")
    shown+=("$word${meaning:+  $meaning}")
  done < <(lab completion zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found == 0 )); then
    _files
  elif [[ "$found[1]" == *= ]]; then
    compadd -l -S '' -d shown -a found
  else
    compadd -l -d shown -a found
  fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _lab lab
