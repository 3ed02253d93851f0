#!/usr/bin/env bash
# Turns a kind node into what an Ubuntu AMI is: cloud-init, sshd without host keys, packages to install without a network.
# Runs in a container of the node image; this folder is /opt/instance.
# In: nothing
set -euo pipefail
image=/opt/instance
chmod 755 "$image"/*.sh
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

packages() {
  awk -v kind="$1" '$1 == kind { print $2 }' "$image/packages.txt"
}

install_packages() {
  local installed offered
  mapfile -t installed < <(packages installed)
  mapfile -t offered < <(packages offered)
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${installed[@]}"
  mkdir -p /opt/packages/partial
  apt-get install -y -qq --no-install-recommends --download-only -o Dir::Cache::archives=/opt/packages "${offered[@]}"
  rm -rf /usr/sbin/policy-rc.d /opt/packages/{partial,lock} /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
}

# `apt-get update` then reads this index and no network.
index_repository() {
  local package
  cd /opt/packages
  for package in *.deb; do
    dpkg-deb --field "$package"
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$package" "$(stat -c %s "$package")" "$(sha256sum "$package" | cut -d " " -f 1)"
  done >Packages
  rm -rf /etc/apt/sources.list.d/*
  echo 'deb [trusted=yes] file:/opt/packages ./' >/etc/apt/sources.list
}

# One authority for all names of the internet that a test serves, trusted by curl and git.
make_certificates() {
  local names=/opt/instance/names folder=/opt/instance/internet
  mkdir -p "$folder"
  cd "$folder"
  sed 's/^/DNS:/' "$image/internet-names.txt" | paste -sd , >"$names"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=istio-lab test internet" \
    -addext keyUsage=critical,keyCertSign -keyout authority.key -out authority.crt
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=internet" -keyout server.key -out server.csr
  openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 3650 -out server.crt \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$(cat "$names")")
  rm -f "$names" authority.key authority.srl server.csr
  install -m 644 authority.crt /usr/local/share/ca-certificates/istio-lab-test-internet.crt
  update-ca-certificates
}

# make_repository OWNER/NAME TAG FILE...: a bare repository with the given files at one tag.
make_repository() {
  local name=$1 tag=$2 work
  shift 2
  work=$(mktemp -d)
  cp "$@" "$work/"
  cd "$work"
  git init --quiet --initial-branch master
  git add .
  GIT_COMMITTER_DATE='2024-01-01T00:00:00Z' GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' \
    git -c user.name=test -c user.email=test@localhost commit --quiet --message "$tag"
  git tag "$tag"
  # A second commit: a clone of the tag alone is then told from one of everything.
  git -c user.name=test -c user.email=test@localhost commit --quiet --allow-empty --message later
  git clone --quiet --bare "$work" "/opt/instance/internet/git/$name.git"
  cd /
  rm -rf "$work"
}

make_repositories() {
  local repositories=$image/repositories
  chmod 755 "$repositories"/kubectx/*
  make_repository ahmetb/kubectx v0.9.5 "$repositories"/kubectx/*
  make_repository jonmosco/kube-ps1 v0.9.0 "$repositories"/kube-ps1/kube-ps1.sh
}

# end_with VERB CODE: how the container's first process ends. Docker starts a container again that fails: one that reboots.
end_with() {
  local folder=/etc/systemd/system/systemd-$1.service.d
  mkdir -p "$folder"
  printf '[Unit]\nSuccessAction=exit-force\nSuccessActionExitStatus=%s\n' "$2" >"$folder/exit.conf"
}

set_up_system() {
  local system=/etc/systemd/system
  install -m 644 "$image/cloud.cfg" /etc/cloud/cloud.cfg.d/95-instance.cfg
  mkdir -p /var/lib/cloud/seed/nocloud /var/lib/instance-metadata /var/lib/internet
  # What boots everywhere but in kind; logins are refused until systemd-user-sessions has come.
  ln -sf /lib/systemd/system/systemd-tmpfiles-setup.service "$system/sysinit.target.wants/"
  ln -sf /lib/systemd/system/{dbus,systemd-user-sessions}.service "$system/multi-user.target.wants/"
  install -m 644 "$image/metadata-server.service" "$system/"
  systemctl --quiet enable metadata-server.service ssh.service
  # Only k3s starts them, and nothing of Kubernetes is on PATH before it is installed.
  rm -f "$system"/multi-user.target.wants/{containerd,kubelet}.service
  mkdir -p /opt/instance/kubernetes
  mv /usr/bin/kubectl /opt/instance/kubernetes/kubectl
  mv "$(command -v crictl)" /opt/instance/kubernetes/crictl
  systemctl --quiet mask systemd-udevd.service systemd-udev-trigger.service systemd-networkd-wait-online.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer getty.target console-getty.service
  systemctl --quiet set-default multi-user.target
  # A pod's first process that ignores SIGTERM must not hold up a halt for systemd's 90 s.
  mkdir -p /etc/systemd/system.conf.d
  printf '[Manager]\nDefaultTimeoutStopSec=5s\n' >/etc/systemd/system.conf.d/instance.conf
  end_with poweroff 0
  end_with halt 0
  end_with reboot 1
  rm -f /etc/ssh/ssh_host_* /etc/machine-id
  userdel --remove ubuntu 2>/dev/null || true
}

install_packages
index_repository
make_certificates
make_repositories
set_up_system
