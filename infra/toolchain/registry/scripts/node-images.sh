#!/usr/bin/env bash
# Moves the unpacked images of a kind node's containerd out of /var.
#
# kind keeps /var in a volume, which Docker fills with a copy of the image's /var at every `kind create`. The unpacked layers
# therefore lie outside of it and are only linked to: nothing is copied, and all clusters share one copy in the page cache.
#   LAB_ROOT  root file system of the node, whose containerd does not run
set -euo pipefail
: "${LAB_ROOT:?}"

state=$LAB_ROOT/var/lib/containerd
mkdir -p "$LAB_ROOT/kind/layers"
for snapshot in "$state"/io.containerd.snapshotter.v1.overlayfs/snapshots/*/; do
  number=$(basename "$snapshot")
  mv "$snapshot/fs" "$LAB_ROOT/kind/layers/$number"
  ln -s "/kind/layers/$number" "$snapshot/fs"
done

# An unpacked layer's archive is asked whether it is there and never read again: an empty file answers that.
find "$state/io.containerd.content.v1.content/blobs/sha256" -type f -size +1M -exec truncate -s 0 {} +
