#!/usr/bin/env bash
# Ensures the stack's own Docker network, on the first candidate that is free on this host.
# In:  NETWORK, CANDIDATES: lines of "CIDR RANGE GATEWAY", RANGE being what Docker may hand out; STACK, STATE_ID, STATE_FOLDER
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

# Prints the route of this host that overlaps the CIDR, if there is one.
overlapping_route() {
  local destination rest
  command -v ip >/dev/null || return 0
  while read -r destination rest; do
    [[ $destination == [0-9]* ]] || continue
    [[ $destination == */* ]] || destination=$destination/32
    if overlaps "$1" "$destination"; then
      echo "$destination $rest"
      return 0
    fi
  done < <(ip -4 route show)
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
note="$first, as in the notes"
if cidr=$(cidr_of); then
  [ "$cidr" = "$first" ] || note="$cidr, since $first was taken on this host when the network was made"
  answer "$cidr" "$note"
fi

reasons=""
while read -r cidr range gateway; do
  route=$(overlapping_route "$cidr")
  if [ -n "$route" ]; then
    reason="$cidr overlaps the route $route"
  elif error=$(docker network create --driver bridge --subnet "$cidr" --ip-range "$range" --gateway "$gateway" \
    "${owner_labels[@]}" "$NETWORK" 2>&1); then
    [ "$cidr" = "$first" ] || note="$cidr, since ${reasons#; }"
    answer "$cidr" "${note//\"/}"
  elif [[ $error == *"already exists"* ]] && found=$(cidr_of); then
    # Another run was faster, or somebody else has taken the name.
    assert_ours network "$NETWORK"
    answer "$found" "$found, as another run has made it"
  elif [[ $error == *verlap* ]]; then
    reason="$cidr overlaps another Docker network"
  else
    fail "docker network create $NETWORK: $error"
  fi
  [ -n "$reasons" ] || reasons="; $reason"
done <<<"$CANDIDATES"
fail "no free network for $NETWORK: tried $(wc -l <<<"$CANDIDATES") from $first on; set istio-lab:networkCidr to one that is free"
