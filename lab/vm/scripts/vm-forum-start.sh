#!/usr/bin/env bash
# Ensures the forum service on port 8080 of a VM, as root.
# In: BINARY (path on the VM)
# See the study notes, 13.3.5 Step5; a unit, so that it outlives the login and a reboot.
set -euo pipefail
# shellcheck source=../../../infra/scripts/lib/common.sh
source ../../../infra/scripts/lib/common.sh

if [ -f "$BINARY" ]; then
  install -m 755 "$BINARY" /usr/local/bin/forum.new
  mv /usr/local/bin/forum.new /usr/local/bin/forum
  rm -f "$BINARY"
fi
cat >/etc/systemd/system/forum.service <<'UNIT'
[Unit]
Description=forum, the user service of the cool store
After=network-online.target

[Service]
Environment=LOCAL_USERS=true
ExecStart=/usr/local/bin/forum
DynamicUser=yes
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --quiet forum
systemctl restart forum
answers() {
  curl -fsS --max-time 2 --output /dev/null http://localhost:8080/api/healthz || {
    journalctl --unit forum --lines 3 --output cat --no-pager || true
    return 1
  }
}
wait_until 30 "$(hostname): forum answers on 8080" answers
