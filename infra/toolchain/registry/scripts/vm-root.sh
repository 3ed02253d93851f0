#!/usr/bin/env bash
# Turns a Debian with systemd and sshd into the machine of the notes: user ubuntu with sudo, login by key only.
# Host keys and authorized_keys are not made here: each machine gets its own.
#   LAB_ROOT  root file system
set -euo pipefail
: "${LAB_ROOT:?}"

chroot "$LAB_ROOT" useradd --create-home --uid 1000 --user-group --groups sudo --shell /bin/bash ubuntu
echo 'ubuntu ALL=(ALL) NOPASSWD:ALL' >"$LAB_ROOT/etc/sudoers.d/90-ubuntu"
chmod 440 "$LAB_ROOT/etc/sudoers.d/90-ubuntu"

cat >"$LAB_ROOT/etc/ssh/sshd_config.d/10-istio-lab.conf" <<'CONFIG'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
CONFIG
rm -f "$LAB_ROOT"/etc/ssh/ssh_host_*
# Without keys sshd fails at once; it is started when the machine has got its own.
mkdir -p "$LAB_ROOT/etc/systemd/system/ssh.service.d"
printf '[Unit]\nConditionPathExistsGlob=/etc/ssh/ssh_host_*_key\n' >"$LAB_ROOT/etc/systemd/system/ssh.service.d/host-keys.conf"

# The kernel's log is the host's, and reading it is refused where the kernel is restricted.
mkdir -p "$LAB_ROOT/etc/systemd/journald.conf.d"
printf '[Journal]\nReadKMsg=no\n' >"$LAB_ROOT/etc/systemd/journald.conf.d/istio-lab.conf"

# There is no hardware, clock or console of the machine's own to look after.
chroot "$LAB_ROOT" systemctl --quiet enable ssh.service
chroot "$LAB_ROOT" systemctl --quiet mask systemd-udevd.service systemd-udev-trigger.service systemd-binfmt.service \
  systemd-remount-fs.service systemd-modules-load.service systemd-firstboot.service systemd-logind.service getty.target console-getty.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer e2scrub_reap.service \
  sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount
chroot "$LAB_ROOT" systemctl --quiet set-default multi-user.target
