#!/usr/bin/env bash
# Ensures the stack's own Docker network, on the first candidate that is free on this host.
# In:  NETWORK, CANDIDATES: lines of "CIDR RANGE GATEWAY", RANGE being what Docker may hand out; WHY_FIRST: why the first one is the first;
#      ADVICE: what to do if none is free, a sentence's end; default: set another one; STACK, STATE_ID, STATE_FOLDER
# Out: {"cidr": …, "note": …}
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/owner.sh
source lib/owner.sh

number() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo $(((a << 24) + (b << 16) + (c << 8) + d))
}

# overlaps CIDR CIDR
overlaps() {
  local one other one_size other_size
  one=$(number "${1%/*}") other=$(number "${2%/*}")
  one_size=$((1 << (32 - ${1#*/}))) other_size=$((1 << (32 - ${2#*/})))
  ((one < other + other_size && other < one + one_size))
}

# Prints the route of this host that conflicts with the CIDR, if there is one. As infra/core/workstation/routes.ts: a route to more than the
# largest private network is a default route or a part of it (many VPNs use 0.0.0.0/1 and 128.0.0.0/1), and a dead end that is wider than the CIDR
# gives way to it.
overlapping_route() {
  local line kind destination prefix rest
  local route='^((unicast|blackhole|unreachable|prohibit|throw|local|broadcast|multicast|anycast|nat) )?([0-9.]+)(/([0-9]+))?( |$)'
  command -v ip >/dev/null || return 0
  while read -r line; do
    [[ $line =~ $route ]] || continue
    kind=${BASH_REMATCH[2]} prefix=${BASH_REMATCH[5]:-32} destination=${BASH_REMATCH[3]} rest=${line#"${BASH_REMATCH[0]}"}
    ((prefix >= 8)) || continue
    [[ ! $kind =~ ^(blackhole|unreachable|prohibit|throw)$ ]] || ((prefix >= ${1#*/})) || continue
    if overlaps "$1" "$destination/$prefix"; then
      echo "${kind:+$kind }$destination/$prefix${rest:+ $rest}"
      return 0
    fi
  done < <(ip -4 route show)
}

# obstacle CIDR ELSE: prints what conflicts with the CIDR, for people: a Docker network, to which a route may lead; ELSE if none is known.
obstacle() {
  local name subnets subnet
  while read -r name subnets; do
    for subnet in $subnets; do
      if [[ $subnet != *:* ]] && overlaps "$1" "$subnet"; then
        echo "the Docker network $name"
        return 0
      fi
    done
  done < <(docker network ls --quiet | xargs docker network inspect \
    --format '{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}' 2>/dev/null || true)
  echo "$2"
}

cidr_of() {
  docker network inspect --format '{{range .IPAM.Config}}{{.Subnet}}{{end}}' "$NETWORK" 2>/dev/null
}

answer() {
  printf '{"cidr":"%s","note":"%s"}\n' "$1" "$2"
  exit 0
}

assert_ours network "$NETWORK"
first=${CANDIDATES%% *}
note="$first, $WHY_FIRST"
if cidr=$(cidr_of); then
  [ "$cidr" = "$first" ] || note="$cidr, since $first was taken on this host when the network was made"
  answer "$cidr" "$note"
fi

reasons=""
while read -r cidr range gateway; do
  route=$(overlapping_route "$cidr")
  if [ -n "$route" ]; then
    reason="$cidr overlaps $(obstacle "$cidr" "the route $route")"
  elif error=$(docker network create --driver bridge --subnet "$cidr" --ip-range "$range" --gateway "$gateway" \
    "${owner_labels[@]}" "$NETWORK" 2>&1); then
    [ "$cidr" = "$first" ] || note="$cidr, since ${reasons#; }"
    answer "$cidr" "${note//\"/}"
  elif [[ $error == *"already exists"* ]] && found=$(cidr_of); then
    # Another run was faster, or somebody else has taken the name.
    assert_ours network "$NETWORK"
    answer "$found" "$found, as another run has made it"
  elif [[ $error == *verlap* ]]; then
    reason="$cidr overlaps $(obstacle "$cidr" "another Docker network")"
  else
    fail "docker network create $NETWORK: $error"
  fi
  [ -n "$reasons" ] || reasons="; $reason"
done <<<"$CANDIDATES"
fail "no free network for $NETWORK, of $(wc -l <<<"$CANDIDATES") tried: ${reasons#; }; ${ADVICE:-set istio-lab:networkCidr to one that is free}"
