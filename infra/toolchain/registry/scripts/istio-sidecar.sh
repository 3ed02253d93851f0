#!/usr/bin/env bash
# Packs Istio's sidecar for machines outside the cluster, laid out as Istio's own istio-sidecar.deb.
#   LAB_OUT      the package to write
#   LAB_WORK     folder for the tree that is packed
#   LAB_FILES    folder tools/packaging/common of the Istio module
#   LAB_AGENT    pilot-agent
#   LAB_ENVOY    envoy
#   LAB_VERSION  Istio's version
set -euo pipefail
: "${LAB_OUT:?}" "${LAB_WORK:?}" "${LAB_FILES:?}" "${LAB_AGENT:?}" "${LAB_ENVOY:?}" "${LAB_VERSION:?}"

tree=$LAB_WORK
rm -rf "$tree"
mkdir -p "$tree"/{DEBIAN,usr/local/bin,lib/systemd/system,var/lib/istio/{config,envoy,extensions,proxy},etc,var/log/istio}
install -m 755 "$LAB_AGENT" "$tree/usr/local/bin/pilot-agent"
install -m 755 "$LAB_ENVOY" "$tree/usr/local/bin/envoy"
install -m 755 "$LAB_FILES/istio-start.sh" "$tree/usr/local/bin/istio-start.sh"
install -m 644 "$LAB_FILES/istio.service" "$tree/lib/systemd/system/istio.service"
install -m 644 "$LAB_FILES/envoy_bootstrap.json" "$tree/var/lib/istio/envoy/envoy_bootstrap_tmpl.json"
install -m 644 "$LAB_FILES/sidecar.env" "$tree/var/lib/istio/envoy/sidecar.env"
: >"$tree/var/lib/istio/config/mesh"
# The same folder under a second name, as in the official package.
ln -s /var/lib/istio "$tree/etc/istio"

# Older Istio has no line that makes the folder of the token after a reboot: /var/run is in memory.
unit=$tree/lib/systemd/system/istio.service
if ! grep -q '^ExecStartPre=.*/var/run/secrets' "$unit"; then
  sed -i 's|^ExecStart=.*|&\nExecStartPre=+/usr/bin/install -d -o istio-proxy -m 0755 /var/run/secrets|' "$unit"
fi

cat >"$tree/DEBIAN/control" <<CONTROL
Package: istio-sidecar
Version: ${LAB_VERSION}
Architecture: $(dpkg --print-architecture)
Maintainer: istio-lab
Depends: sudo, iptables
Section: net
Priority: optional
Homepage: https://istio.io/
Description: Istio sidecar for machines outside the cluster
 pilot-agent and upstream Envoy, built by istio-lab from package registries.
CONTROL
printf '%s\n' /var/lib/istio/envoy/sidecar.env >"$tree/DEBIAN/conffiles"
cat >"$tree/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  getent group istio-proxy >/dev/null || groupadd --system istio-proxy
  getent passwd istio-proxy >/dev/null ||
    useradd --system --gid istio-proxy --home-dir /var/lib/istio --no-create-home --shell /bin/sh istio-proxy
  mkdir -p /var/log/istio /etc/certs
  chown istio-proxy:istio-proxy /etc/certs /var/log/istio
  chown -R istio-proxy:istio-proxy /var/lib/istio
  # The capture rules spare this group's connections, also where TPROXY makes both programs run as root.
  chgrp istio-proxy /usr/local/bin/envoy /usr/local/bin/pilot-agent
  chmod 2755 /usr/local/bin/envoy /usr/local/bin/pilot-agent
  if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
fi
POSTINST
cat >"$tree/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now istio.service || true
fi
PRERM
chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm"

# zstd at its fastest: xz makes the package smaller but costs seconds to unpack on every machine.
dpkg-deb --root-owner-group -Zzstd -z1 --build "$tree" "$LAB_OUT"
rm -rf "$tree"
