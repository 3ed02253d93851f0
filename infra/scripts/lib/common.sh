#!/usr/bin/env bash
# What the scripts share: failing with a message, waiting with a deadline, one at a time.

# Ends the script with a message for the user.
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# wait_until SECONDS WHAT COMMAND...: repeats the command until it succeeds; fails with the last thing it said.
wait_until() {
  local seconds=$1 what=$2 seen deadline
  shift 2
  deadline=$((SECONDS + seconds))
  until seen=$("$@" 2>&1); do
    ((SECONDS < deadline)) || fail "$what: not so after $seconds s; last seen: ${seen:-nothing}"
    sleep 0.2
  done
}

# exclusive FILE: one script at a time. A run whose engine was killed may still be at work; it is left to finish.
exclusive() {
  local file=$1 holder deadline=$((SECONDS + 300))
  mkdir -p "$(dirname "$file")"
  if command -v flock >/dev/null; then
    exec 9>"$file"
    flock -w 300 9 || fail "$file: another run has held this for 300 s"
    return
  fi
  until ln -s "$$" "$file.holder" 2>/dev/null; do
    holder=$(readlink "$file.holder" || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -f "$file.holder"
      continue
    fi
    ((SECONDS < deadline)) || fail "$file: process $holder has held this for 300 s"
    sleep 0.2
  done
  trap 'rm -f "$file.holder"' EXIT
}

# Removes a folder that holds nothing any more, and says nothing where it does.
drop_empty_folder() {
  rmdir "$1" 2>/dev/null || true
}
