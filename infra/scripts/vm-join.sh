#!/usr/bin/env bash
# Ensures that a VM is in the mesh, as root.
# In: HOST_IDENTITY (which machine this is), SIDECAR_SETTINGS: lines KEY="value" for sidecar.env (may be empty); the files of vm-configuration.sh by stdin.
# See the study notes, 13.3.3 Step1 and Step2, and 13.5 for the settings.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh
# shellcheck source=lib/sidecar.sh
source lib/sidecar.sh

umask 077
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
base64 -d | tar -x -C "$files"

install -d -m 755 /etc/certs /etc/istio/config /etc/istio/proxy /var/lib/istio/envoy
install -d -m 700 -o istio-proxy /etc/istio/tokens
install -m 644 -o istio-proxy "$files/root-cert.pem" /etc/certs/root-cert.pem
install -m 600 -o istio-proxy "$files/istio-token" /etc/istio/tokens/istio-token
install -m 644 -o istio-proxy "$files/cluster.env" /var/lib/istio/envoy/cluster.env
install -m 644 -o istio-proxy "$files/mesh.yaml" /etc/istio/config/mesh
grep istiod "$files/hosts" >/etc/istio/hosts
# Who takes a machine out of the mesh asks whether it is still the one that he means.
install -m 644 /dev/stdin /etc/istio/istio-lab-host <<<"$HOST_IDENTITY"

# A newer token replaces what the agent proved itself with before.
sidecar=/var/lib/istio/envoy/sidecar.env
touch "$sidecar"
sed -i '/^# istio-lab begin/,/^# istio-lab end/d' "$sidecar"
printf '# istio-lab begin\n%s\n# istio-lab end\n' "$SIDECAR_SETTINGS" >>"$sidecar"
chmod 644 "$sidecar"

# /var/run is empty after a boot (https://github.com/istio/istio/issues/35343) and cloud-init or Docker may write
# /etc/hosts again: both are put right at every start, not once.
cat >/usr/local/sbin/istio-lab-prepare <<'PREPARE'
#!/bin/bash
set -euo pipefail
install -d -m 755 -o istio-proxy /var/run/secrets /var/run/secrets/tokens
install -m 600 -o istio-proxy /etc/istio/tokens/istio-token /var/run/secrets/tokens/istio-token
own="$(hostname --all-ip-addresses | cut -d ' ' -f 1) $(hostname)"
kept=$(grep -v -e 'istiod\.istio-system\.svc' -e "^${own// /[[:space:]]}\$" /etc/hosts || true)
printf '%s\n' "$kept" "$own" "$(cat /etc/istio/hosts)" >/etc/hosts
PREPARE
chmod 755 /usr/local/sbin/istio-lab-prepare
# The agent decides between the two variants of iptables by itself, at each start: after a reboot it has been seen to take the other one
# (2026-11-25). Whoever looks at its rules should see the same ones.
cat >/usr/local/sbin/istio-lab-variant <<'VARIANT'
#!/bin/bash
set -uo pipefail
for _ in {1..150}; do
  for variant in nft legacy; do
    if "iptables-$variant-save" --table nat 2>/dev/null | grep -q ISTIO_OUTPUT; then
      exec update-alternatives --quiet --set iptables "/usr/sbin/iptables-$variant"
    fi
  done
  sleep 0.2
done
echo 'no rule of Istio after 30 s' >&2
exit 1
VARIANT
chmod 755 /usr/local/sbin/istio-lab-variant
install -d -m 755 /etc/systemd/system/istio.service.d
cat >/etc/systemd/system/istio.service.d/istio-lab.conf <<'DROP_IN'
[Service]
ExecStartPre=/usr/local/sbin/istio-lab-prepare
ExecStartPost=-/usr/local/sbin/istio-lab-variant
Restart=always
RestartSec=2
DROP_IN
chmod 644 /etc/systemd/system/istio.service.d/istio-lab.conf

# An agent that finds no istiod asks again after longer and longer pauses; it starts when there is one.
eastwest=$(awk '{ print $1; exit }' /etc/istio/hosts)
wait_until 90 "$(hostname): istiod answers through the east-west gateway" timeout 2 bash -c "exec 3<>/dev/tcp/$eastwest/15012"

chown -R istio-proxy /var/lib/istio /etc/certs /etc/istio/proxy /etc/istio/config
systemctl daemon-reload
systemctl enable --quiet istio
sidecar_restart

captured() {
  /usr/local/sbin/istio-lab-variant || {
    sidecar_reason
    sidecar_journal
    return 1
  }
}
wait_until 60 "$(hostname): iptables hand the traffic to the sidecar" captured
