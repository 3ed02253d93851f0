#!/usr/bin/env bash
# What the scripts share: failing with a message, waiting with a deadline, one at a time.

# Ends the script with a message for the user.
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# What a deadline goes by, in whole seconds. A test sets WAIT_STEP: a pause then takes no time and counts as WAIT_STEP seconds.
clock=SECONDS
paused=0
[ -z "${WAIT_STEP:-}" ] || clock=paused

# pause SECONDS: between two looks.
pause() {
  if [ -n "${WAIT_STEP:-}" ]; then
    paused=$((paused + WAIT_STEP))
  else
    sleep "$1"
  fi
}

# deadline_in SECONDS: puts the time by which something has to be so into `deadline`, for `((clock < deadline))`. Never too early:
# the second that the clock is in may be nearly over.
deadline_in() {
  deadline=$((clock + $1 + 1))
}

# wait_until SECONDS WHAT COMMAND...: repeats the command until it succeeds; fails with the last thing it said.
wait_until() {
  local seconds=$1 what=$2 seen deadline
  shift 2
  deadline_in "$seconds"
  until seen=$("$@" 2>&1); do
    ((clock < deadline)) || fail "$what: not so after $seconds s; last seen: ${seen:-nothing}"
    pause 0.2
  done
}

# exclusive FILE: one script at a time. A run whose engine was killed may still be at work; it is left to finish.
exclusive() {
  local file=$1 holder deadline
  mkdir -p "$(dirname "$file")"
  if command -v flock >/dev/null; then
    exec 9>"$file"
    flock -w 300 9 || fail "$file: another run has held this for 300 s"
    return
  fi
  deadline_in 300
  until ln -s "$$" "$file.holder" 2>/dev/null; do
    holder=$(readlink "$file.holder" || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -f "$file.holder"
      continue
    fi
    ((clock < deadline)) || fail "$file: process $holder has held this for 300 s"
    pause 0.2
  done
  trap 'rm -f "$file.holder"' EXIT
}

# Removes the containers whose names or ids come by stdin, with their volumes; what is gone already is no obstacle.
remove_containers() {
  local name
  while read -r name; do
    docker rm --force --volumes "$name" >/dev/null 2>&1 && continue
    thaw "$name"
    docker rm --force --volumes "$name" >/dev/null 2>&1 || ! docker inspect "$name" >/dev/null 2>&1 ||
      fail "$name could not be removed: $(docker rm --force --volumes "$name" 2>&1)"
  done
}

# With cgroup v1 nothing that is frozen can be killed, and a node that ends while its runc has a pod frozen, to set the pod's
# devices, never ends (seen with `kill -9` of an up: "tried to kill container, but did not receive an exit event").
thaw() {
  local id state
  id=$(docker inspect --format '{{.Id}}' "$1" 2>/dev/null) || return 0
  [ -d "/sys/fs/cgroup/freezer/docker/$id" ] || return 0
  while read -r state; do
    echo THAWED >"$state" || true
  done < <(find "/sys/fs/cgroup/freezer/docker/$id" -name freezer.state -exec grep -l FROZEN {} + || true)
}

# Removes a stack's folder if it holds nothing but its mark, and says nothing if it holds more.
drop_empty_folder() {
  [ "$(ls -A "$1" 2>/dev/null)" != .istio-lab.json ] || rm -f "$1/.istio-lab.json"
  rmdir "$1" 2>/dev/null || true
}
