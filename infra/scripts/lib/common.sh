#!/usr/bin/env bash
# What the scripts share: failing with a message, waiting with a deadline, one at a time.

# Ends the script with a message for the user.
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# explain WHAT SAID: the message for a command that failed: WHAT with the line of SAID that tells the reason, then SAID's last lines.
explain() {
  local reason lines
  lines=$(tr '\r' '\n' <<<"$2" | grep -v '^[[:space:]]*$') || lines='it said nothing'
  reason=$(grep -m 1 -E '^(ERROR|Error|error|E|fatal)[: ]' <<<"$lines" ||
    grep -m 1 -i -E 'error|fail|denied|refused|cannot|could not|no space|no such|not found|not on this machine|timed out|invalid' <<<"$lines" || tail -n 1 <<<"$lines")
  printf '%s: %s\n' "$1" "$reason"
  tail -n 6 <<<"$lines" | grep -F -x -v -e "$reason" || true
}

# quietly WHAT COMMAND...: runs a command whose output is of interest only if it fails: it is then the reason why WHAT.
quietly() {
  local what=$1 said
  shift
  said=$("$@" 2>&1) || fail "$(explain "$what" "$said")"
}

# is_absent SAID: docker's answer is that it has no such thing. Whatever else it says, e.g. that the engine does not answer, is a failure.
is_absent() {
  [[ -z $1 || $1 == *[Nn]"o such "* || $1 == *"not found"* ]]
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
  local name said
  while read -r name; do
    removed "$name" >/dev/null && continue
    thaw "$name"
    said=$(removed "$name") && continue
    [[ $said == *"already in progress"* ]] || fail "$name could not be removed: $said"
    wait_until 60 "$name: its removal, which another run has begun, is done" removed "$name"
  done
}

# removed NAME: removes a container; fails with docker's words.
removed() {
  local said
  said=$(docker rm --force --volumes "$1" 2>&1) && return
  is_absent "$said" || {
    printf '%s' "$said"
    return 1
  }
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

# replace_file FILE: writes what comes by stdin in place of a file. The user may have put a link there: what that leads to is not the lab's.
replace_file() {
  rm -f "$1"
  cat >"$1"
}

# Removes a cluster's kubeconfig with what a step, or a tool that it runs, puts beside it; what else lies there is the user's.
# In: KUBECONFIG_FILE
remove_kubeconfig() {
  local suffix
  drop_own_entries
  for suffix in .lock .log .docker .exclusive .exclusive.holder .partial .partial.bak .partial.lock; do
    rm -rf "$KUBECONFIG_FILE$suffix"
  done
}

# Removes the lab's entries from a kubeconfig, and the file if it holds no others: a shell whose KUBECONFIG names it lets kind and kubectl write there.
# In: KUBECONFIG_FILE
drop_own_entries() {
  local kind name
  if [ -z "$(others_entries)" ]; then
    rm -rf "$KUBECONFIG_FILE"
    return
  fi
  while read -r kind name; do
    quietly "$KUBECONFIG_FILE could not be changed" kubectl --kubeconfig "$KUBECONFIG_FILE" config "delete-$kind" "$name"
  done < <(kubeconfig_entries "$KUBECONFIG_FILE" | grep istio-lab-)
  if [[ $(kubectl --kubeconfig "$KUBECONFIG_FILE" config current-context 2>/dev/null) == *istio-lab-* ]]; then
    quietly "$KUBECONFIG_FILE could not be changed" kubectl --kubeconfig "$KUBECONFIG_FILE" config unset current-context
  fi
}

# kubeconfig_entries FILE: a line for each, such as "context NAME"; nothing if there is no such file.
kubeconfig_entries() {
  local kind template=
  [ -s "$1" ] || return 0
  for kind in context cluster user; do
    template+="{range .${kind}s[*]}$kind {.name}{\"\\n\"}{end}"
  done
  kubectl --kubeconfig "$1" config view --output "jsonpath=$template" 2>/dev/null || true
}

# Entries that somebody else has written into the cluster's kubeconfig. A link leads to a file that is not the lab's: the link alone is.
others_entries() {
  [ ! -L "$KUBECONFIG_FILE" ] || return 0
  kubeconfig_entries "$KUBECONFIG_FILE" | grep -v istio-lab- || true
}

# place_kubeconfig PARTIAL: gives a new kubeconfig its name. What somebody else has written into the old one stays in it.
# In: KUBECONFIG_FILE
place_kubeconfig() {
  local merged
  if [ -n "$(others_entries)" ]; then
    merged=$(KUBECONFIG=$1:$KUBECONFIG_FILE kubectl config view --raw --flatten) || fail "$KUBECONFIG_FILE: cannot be read"
    printf '%s\n' "$merged" >"$1"
  fi
  mv "$1" "$KUBECONFIG_FILE"
}

# Removes a stack's folder if it holds nothing but its mark and what kubectl keeps of clusters, and says nothing if it holds more.
# While other files are there, a kubectl of another step may be writing into its cache: `rm` would fail (seen in CI, 2026-11-27).
drop_empty_folder() {
  local others
  others=$(find "$1" -mindepth 1 -maxdepth 1 ! -name kube-cache ! -name .istio-lab.json 2>/dev/null) || true
  [ -z "$others" ] || return 0
  rm -rf "$1/kube-cache" "$1/.istio-lab.json"
  rmdir "$1" 2>/dev/null || true
}
