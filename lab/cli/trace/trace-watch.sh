#!/usr/bin/env bash
# Watches some network namespaces of one machine while a request passes, and says what was seen there.
# In:  TOKEN (marks the lines between sections), STATIONS: lines of "NAME KEY CAPTURE LOGS", KEY being a pod's UID or "-" for the machine itself,
#      CAPTURE yes or no, LOGS a folder of container logs, a file, or "-"; IDLE: lines of "NAME PORT", connections to close; MARK (the user agent);
#      CLIENT: the station that sends the request, or empty; with it URL, HOST_NAME, RESOLVE (curl's --resolve, or empty).
#      By stdin: a line when everything watches and the request may go, a second one when the answer is there.
# Out: "ready", then, with CLIENT, "sent"; then sections "TOKEN NAME SECTION" with what each command said.
# Leaves nothing: no file, no process, no rule. Ends by itself after 30 s.
set -euo pipefail

# Not what Envoy says to istiod, to its agent and to whoever asks for its health.
CAPTURED='tcp and not port 15000 and not port 15012 and not port 15020 and not port 15021 and not port 15090 and not port 22 and not port 6443'

work=$(mktemp -d)
captures=()
declare -A pids logs sizes
clean_up() {
  [ "${#captures[@]}" = 0 ] || kill "${captures[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# A process of a pod has the pod's UID in its cgroup; runtimes write it with hyphens or with underscores.
pid_of() {
  local file
  file=$(grep --files-with-matches --max-count 1 --extended-regexp "pod${1//-/[-_]}" /proc/[0-9]*/cgroup 2>/dev/null | head -n 1) || true
  file=${file#/proc/}
  printf '%s' "${file%/cgroup}"
}

# within NAME COMMAND…: runs it in the station's network namespace.
within() {
  local pid=${pids[$1]}
  shift
  if [ "$pid" = - ]; then "$@"; else nsenter --net --target "$pid" -- "$@"; fi
}

nat_rules() {
  local tool
  for tool in iptables-nft-save iptables-legacy-save; do
    command -v "$tool" >/dev/null || continue
    within "$1" "$tool" --counters --table nat 2>/dev/null | grep -v '^#' || true
  done
}

envoy() {
  within "$1" curl --silent --max-time 3 "http://127.0.0.1:15000/$2" 2>/dev/null || true
}

endpoint_counters() {
  envoy "$1" clusters | grep -E '::(cx_total|rq_total|rq_error|cx_connect_fail)::[1-9]' || true
}

# Lines of all logs: Envoy's in the container istio-proxy, the application's in the others.
log_files() {
  if [ -d "${logs[$1]}" ]; then
    find "${logs[$1]}" -name '*.log' ! -path '*/istio-init/*' ! -path '*/istio-validation/*'
  elif [ -f "${logs[$1]}" ]; then
    printf '%s\n' "${logs[$1]}"
  fi
}

new_lines() {
  local file
  while read -r file; do
    tail -c "+$((${sizes[$file]:-0} + 1))" "$file" 2>/dev/null | sed "s|^|$(basename "$(dirname "$file")")\t|"
  done < <(log_files "$1")
}

# Envoy's user: in pods always the same number, on a VM the one that the package has got.
envoy_user() {
  if [ "${pids[$1]}" = - ]; then id -u istio-proxy 2>/dev/null || echo 1337; else echo 1337; fi
}

# A pooled connection of Envoy's has passed the NAT rules long ago. The study notes close it, too (6.1.3, ss -K); one that is in use stays, and so do those of
# other users.
close_idle() {
  local port
  within "$1" ss --tcp --info --extended --no-header --numeric state established "( dport = :$2 )" 2>/dev/null | paste - - |
    awk -v own="uid:$(envoy_user "$1")" '{
      split($3, from, ":"); quiet = 1; mine = 0
      for (i = 5; i <= NF; i++) {
        if ($i == own) mine = 1
        if ($i ~ /^last(snd|rcv):/) { split($i, v, ":"); if (v[2] < 200) quiet = 0 }
      }
      if (quiet && mine) print from[length(from)]
    }' |
    while read -r port; do
      within "$1" ss --kill --tcp state established "( dport = :$2 and sport = :$port )" >/dev/null 2>&1 || true
    done
}

# A command of its own and no function in the background: what is killed at the end has to be tcpdump, not a shell around it.
watch() {
  local name=$1 capture=()
  [ -n "${pids[$name]}" ] || return 0
  [ "${pids[$name]}" = - ] || capture=(nsenter --net --target "${pids[$name]}" --)
  capture+=(tcpdump --interface any --packet-buffered --immediate-mode -n --snapshot-length 2048 -w "$work/$name.pcap" "$CAPTURED")
  timeout 40 "${capture[@]}" 2>"$work/$name.tcpdump" &
  captures+=("$!")
}

section() {
  printf '\n%s %s %s\n' "$TOKEN" "$1" "$2"
}

names=()
captured=()
while read -r name key capture log; do
  [ -n "$name" ] || continue
  names+=("$name")
  if [ "$key" = - ]; then pids[$name]=-; else pids[$name]=$(pid_of "$key"); fi
  logs[$name]=$log
  [ "$capture" = no ] || captured+=("$name")
  while read -r file; do
    sizes[$file]=$(stat --format %s "$file")
  done < <(log_files "$name")
done <<<"$STATIONS"

while read -r name port; do
  [ -z "$name" ] || close_idle "$name" "$port"
done <<<"$IDLE"
for name in "${captured[@]}"; do watch "$name"; done
# side_by_side FUNCTION ENDING: runs it for every station at the same time; what it prints goes to the station's file of that ending.
side_by_side() {
  local jobs=() name
  for name in "${names[@]}"; do
    "$1" "$name" >"$work/$name.$2" &
    jobs+=("$!")
  done
  wait "${jobs[@]}"
}

snapshot() {
  nat_rules "$1" >"$work/$1.nat"
  endpoint_counters "$1" >"$work/$1.endpoints"
}
side_by_side snapshot before
deadline=$((SECONDS + 5))
for name in "${names[@]}"; do
  [ -e "$work/$name.tcpdump" ] || continue
  until grep -q 'listening on' "$work/$name.tcpdump"; do
    if ((SECONDS >= deadline)); then
      echo "tcpdump in $name did not start: $(cat "$work/$name.tcpdump")" >&2
      exit 1
    fi
    sleep 0.02
  done
done

echo ready
read -r -t 30 _ || exit 0
if [ -n "$CLIENT" ]; then
  answer=$(within "$CLIENT" curl --silent --noproxy '*' --http1.1 --output /dev/null --max-time 8 --user-agent "$MARK" --header "Host: $HOST_NAME" \
    ${RESOLVE:+--resolve "$RESOLVE"} --write-out '%{json}' "$URL" 2>/dev/null) || true
  echo sent
  read -r -t 30 _ || exit 0
  section "$CLIENT" answer
  printf '%s\n' "$answer"
fi

# What is gone soonest comes first.
collect() {
  section "$1" sockets
  within "$1" ss --tcp --all --numeric --processes --extended --no-header || true
  section "$1" connections
  within "$1" conntrack -L -p tcp 2>/dev/null || true
  section "$1" nat-before
  cat "$work/$1.nat"
  section "$1" nat-after
  nat_rules "$1"
}
side_by_side collect first
if [ "${#captures[@]}" -gt 0 ]; then
  kill "${captures[@]}" 2>/dev/null || true
  wait "${captures[@]}" 2>/dev/null || true
  captures=()
fi

# Envoy writes its log once a second, the applications at once.
logged() {
  local name
  for name in "${names[@]}"; do
    [ "${logs[$name]}" = - ] || new_lines "$name" | grep "^istio" | grep -q -F "$MARK" || return 1
  done
}
for ((try = 0; try < 12; try++)); do
  ! logged || break
  sleep 0.1
done

# shellcheck disable=SC2016 # jq's own variables
listeners='[.configs[]?.active_state.listener? // empty | {name, address: .address.socket_address,
  chains: [.filter_chains[]? | {name: (.name // "unnamed"), match: (.filter_chain_match // {})}]}]'
routes='[.configs[]?.route_config? // empty | {name, hosts: [.virtual_hosts[]? | {name, domains,
  routes: [.routes[]? | {cluster: .route.cluster, config: .metadata.filter_metadata.istio.config}]}]}]'
finish() {
  section "$1" logs
  new_lines "$1"
  section "$1" endpoints-before
  cat "$work/$1.endpoints"
  section "$1" endpoints-after
  endpoint_counters "$1"
  section "$1" listeners
  envoy "$1" 'config_dump?resource=dynamic_listeners' | jq --compact-output "$listeners" 2>/dev/null || true
  section "$1" routes
  envoy "$1" 'config_dump?resource=dynamic_route_configs' | jq --compact-output "$routes" 2>/dev/null || true
  section "$1" packets
  [ ! -s "$work/$1.pcap" ] || base64 --wrap 0 "$work/$1.pcap"
}
side_by_side finish last
for name in "${names[@]}"; do
  cat "$work/$name.first" "$work/$name.last"
  section "$name" process
  printf '%s\n' "${pids[$name]}"
done
