#!/usr/bin/env bash
# Takes Prometheus out of Debian's package, with the web pages that it serves, for an image on top of our Debian.
#   LAB_OUT   folder to fill: a tree that starts at /
#   LAB_ROOT  root file system with the downloaded packages
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_ROOT:?}"

# Only below /usr and /etc: /bin and /lib are links in the base, and a layer must not turn them into folders.
mkdir -p "$LAB_OUT"
for package in "$LAB_ROOT"/var/cache/apt/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -C "$LAB_OUT" -x --wildcards './usr/*' './etc/prometheus*' 2>/dev/null || true
done
rm -rf "$LAB_OUT"/usr/share/{doc,man,lintian,bug,locale,javascript/moment-timezone/data} "$LAB_OUT/usr/bin/promtool" "$LAB_OUT/usr/lib"
test -x "$LAB_OUT/usr/bin/prometheus"
mkdir -p "$LAB_OUT/etc/prometheus"
