#!/usr/bin/env bash
# Answers containerd as a registry for the images that a node brings along, one request by standard input: a pod with `image: nginx` asks a
# registry at each start (imagePullPolicy is Always for a tag `latest`), and behind a mirror of packages there is none. Layers are never asked
# for: containerd has them. systemd starts it for each connection (baked-images.socket).
# In: an HTTP request by stdin
set -euo pipefail

read -r method target _
while IFS= read -r line && [ "${line%$'\r'}" != "" ]; do :; done

# answer STATUS [HEADER...]: the head of an answer.
answer() {
  printf 'HTTP/1.1 %s\r\nConnection: close\r\n' "$1"
  shift
  [ "$#" = 0 ] || printf '%s\r\n' "$@"
  printf '\r\n'
}

refuse() {
  answer "404 Not Found" "Content-Length: 0"
  exit 0
}

store() {
  ctr --namespace k8s.io "$@"
}

path=${target%%\?*}
[ "$path" != /v2/ ] || { answer "200 OK" "Content-Length: 0" && exit 0; }
[[ $path =~ ^/v2/([a-z0-9._/-]+)/manifests/([A-Za-z0-9._:-]+)$ ]] || refuse
name=${BASH_REMATCH[1]} reference=${BASH_REMATCH[2]}
[[ $target =~ [?\&]ns=([a-z0-9.:-]+) ]] || refuse
image=${BASH_REMATCH[1]}/$name
if [[ $reference == sha256:* ]]; then
  found=$(store images list | awk -v digest="$reference" '$3 == digest { print $2, $3; exit }')
else
  found=$(store images list | awk -v image="$image:$reference" '$1 == image { print $2, $3; exit }')
fi
[ -n "$found" ] || refuse
read -r type digest <<<"$found"
answer "200 OK" "Content-Type: $type" "Docker-Content-Digest: $digest" "Content-Length: $(store content get "$digest" | wc -c)"
[ "$method" = HEAD ] || store content get "$digest"
