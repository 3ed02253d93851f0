#!/usr/bin/env bash
# Bakes images into a kind node; runs in a container of the node's image whose containerd does not run. An image becomes a folder /kind/layers/ID
# with all of its files, and containerd learns it as an image of one layer that is already unpacked there.
#
# kind keeps /var in a volume, which Docker fills with a copy of the image's /var at every `kind create`. The files therefore lie outside of it and
# are only linked to: nothing is copied or unpacked when a cluster starts, and all clusters share one copy in the page cache. Layers as they come
# cannot lie there: an overlay does not show the marks by which a layer hides files of those below it.
#
# In:  `own`: prepares the store, and does the same with the images that kind has put in. `finish`: after files (/kind/layers/ID), configuration
#      ($images/ID.json) and names ($images/ID.refs) of further images have come, tells containerd of all of them.
set -euo pipefail

work=/bake images=/bake/images layers=/kind/layers root=/bake/containerd
snapshots=$root/io.containerd.snapshotter.v1.overlayfs/snapshots
marker=istio-lab-layer

say() {
  echo "$*" >&2
}

store() {
  ctr --address "$work/run/containerd.sock" --namespace k8s.io "$@"
}

# The volume, since an overlay cannot hold what a snapshotter makes.
start_containerd() {
  local deadline=$((SECONDS + 60))
  mkdir -p "$work/run"
  cat >"$work/containerd.toml" <<CONFIG
version = 2
root = "$root"
state = "$work/run"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
[grpc]
  address = "$work/run/containerd.sock"
CONFIG
  containerd --config "$work/containerd.toml" >"$work/containerd.log" 2>&1 &
  containerd=$!
  until store version >/dev/null 2>&1; do
    if ((SECONDS > deadline)); then
      say "containerd does not answer after 60 s; its last words:"
      tail -n 5 "$work/containerd.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

stop_containerd() {
  kill "$containerd"
  wait "$containerd" || true
}

processor() {
  case $(uname -m) in
  x86_64) echo amd64 ;;
  aarch64) echo arm64 ;;
  *) uname -m ;;
  esac
}

# manifest_of REFERENCE: the manifest of an image of the store, for this processor.
manifest_of() {
  local digest manifest
  digest=$(store images list "name==$1" | awk 'NR == 2 { print $3 }')
  manifest=$(store content get "$digest")
  if jq -e .manifests <<<"$manifest" >/dev/null; then
    digest=$(jq -r --arg own "$(processor)" '[.manifests[] | select(.platform.architecture == $own)][0] // .manifests[0] | .digest' <<<"$manifest")
    manifest=$(store content get "$digest")
  fi
  printf '%s\n' "$manifest"
}

# flatten REFERENCE: an image of the store as a folder with its configuration; several names of one image share them.
flatten() {
  local reference=$1 config id mount=$work/mount
  config=$(manifest_of "$reference" | jq -r .config.digest)
  id=${config#sha256:}
  if [ ! -e "$images/$id.json" ]; then
    mkdir -p "$mount" "$layers/$id"
    store images mount "$reference" "$mount" >/dev/null
    cp -a "$mount/." "$layers/$id/"
    store images unmount --rm "$mount" >/dev/null
    store content get "$config" >"$images/$id.json"
  fi
  echo "$reference" >>"$images/$id.refs"
}

names() {
  store images list -q | grep -v -e @ -e '^sha256:' || true
}

own() {
  # There kind has containerd unpack images in another way, which would find none of what is baked here.
  if [ "$(stat -f -c %T /kind)" = zfs ]; then
    say "the engine keeps its containers on ZFS, which baked images do not work on: move its data-root to another file system"
    exit 1
  fi
  mkdir -p "$images" "$layers" "$root"
  cp -a /var/lib/containerd/. "$root/"
  # Unpacked already, as in a node image of our own: its layers are linked to what lies outside of /var.
  if compgen -G "$snapshots/*/fs" >/dev/null; then return; fi
  start_containerd
  local reference
  for reference in $(names); do flatten "$reference"; done
  # In their old form they would be copied at each start of a cluster.
  store images list -q | xargs -r ctr --address "$work/run/containerd.sock" --namespace k8s.io images rm --sync >/dev/null
  stop_containerd
}

# add_to_archive ID: an image of one layer that holds nothing but the name of its folder.
add_to_archive() {
  local id=$1 layer config
  mkdir -p "$work/$id"
  echo "$id" >"$work/$id/$marker"
  tar --mtime=@0 --owner=0 --group=0 -C "$work/$id" -cf "$work/layer.tar" "$marker"
  layer=$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)
  mv "$work/layer.tar" "$archive/$layer.tar"
  # Of this processor whatever it was built for: containerd takes no other, and the kernel emulates what it can.
  jq -c --arg layer "sha256:$layer" --arg processor "$(processor)" '{created, architecture: $processor, os: "linux", config,
    rootfs: {type: "layers", diff_ids: [$layer]}, history: [{created_by: "istio-lab"}]} | with_entries(select(.value != null))' \
    "$images/$id.json" >"$work/config.json"
  config=$(sha256sum <"$work/config.json" | cut -d' ' -f1)
  mv "$work/config.json" "$archive/$config.json"
  jq -c -n --arg config "$config.json" --arg layer "$layer.tar" --rawfile names "$images/$id.refs" \
    '{Config: $config, RepoTags: ($names | split("\n") | map(select(. != ""))), Layers: [$layer]}' >>"$work/manifest"
  echo "sha256:$layer" >>"$work/layers"
}

import_archive() {
  local layer reference local_words=() mount=$work/mount
  # Newer versions leave it to their transfer service otherwise, which does not take all archives.
  if store images import --help 2>&1 | grep -q -e --local; then local_words=(--local); fi
  jq -c -s . "$work/manifest" >"$archive/manifest.json"
  mkdir -p "$mount"
  tar -C "$archive" -c . | store images import "${local_words[@]}" - >/dev/null
  while read -r reference; do
    # Not every version unpacks what it imports; mounting does.
    store images mount "$reference" "$mount" >/dev/null
    store images unmount --rm "$mount" >/dev/null
    store images label "$reference" io.cri-containerd.pinned=pinned >/dev/null
  done < <(cat "$images"/*.refs)
  while read -r layer; do
    store snapshots info "$layer" >/dev/null || {
      say "containerd has not unpacked the layer $layer"
      exit 1
    }
  done <"$work/layers"
}

# Images that share layers share these files again. What can be executed is left alone: it may have capabilities, which are not looked at here.
share_files() {
  local kept same
  find "$layers" -type f -links 1 -size +64k ! -perm /111 ! -name $'*\n*' ! -name $'*\t*' -printf '%s %m %U %G %T@\t%p\n' |
    LC_ALL=C sort |
    awk -F '\t' '$1 == like { print kept "\t" $2; next } { like = $1; kept = $2 }' |
    while IFS=$'\t' read -r kept same; do
      if cmp -s "$kept" "$same"; then ln -f "$kept" "$same"; fi
    done
}

finish() {
  local config snapshot
  archive=$work/archive
  mkdir -p "$archive"
  share_files
  for config in "$images"/*.json; do add_to_archive "$(basename "$config" .json)"; done
  start_containerd
  import_archive
  stop_containerd
  for snapshot in "$snapshots"/*/fs; do
    [ -e "$snapshot/$marker" ] || continue
    config=$(<"$snapshot/$marker")
    rm -rf "$snapshot"
    ln -s "$layers/$config" "$snapshot"
  done
  find /var/lib/containerd -mindepth 1 -delete
  cp -a "$root/." /var/lib/containerd/
}

case $1 in
own) own ;;
finish) finish ;;
esac
