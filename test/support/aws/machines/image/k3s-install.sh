#!/bin/sh
# Stand-in for the installer of k3s at https://get.k3s.io: the same variables, arguments, files and unit.
#   INSTALL_K3S_VERSION, INSTALL_K3S_EXEC, INSTALL_K3S_SKIP_DOWNLOAD, INSTALL_K3S_SKIP_ENABLE, INSTALL_K3S_SKIP_START,
#   K3S_*: kept for the service
#   curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=v1.28.15+k3s1 sh -s - server --disable traefik
set -eu

info() {
  echo "[INFO]  $*"
}

fatal() {
  echo "[ERROR]  $*" >&2
  exit 1
}

version=${INSTALL_K3S_VERSION:-v1.28.15+k3s1}
program=/usr/local/bin/k3s
unit=/etc/systemd/system/k3s.service
releases=https://github.com/k3s-io/k3s/releases/download

verify_system() {
  [ "$(id -u)" = 0 ] || fatal "this stand-in has to be run as root"
  [ -d /run/systemd/system ] || fatal "Can not find systemd to use as a process supervisor for k3s"
  command -v curl >/dev/null || fatal "Can not find curl for downloading files"
}

# The arguments of `k3s`: INSTALL_K3S_EXEC first, then this script's own; `server` where no command is named.
set_command() {
  command=""
  # shellcheck disable=SC2086 # words, as the real one takes them
  for word in ${INSTALL_K3S_EXEC:-} "$@"; do
    case $word in
    server | agent) [ "$word" = server ] || fatal "this stand-in has no agent" ;;
    *) command="$command '$(printf %s "$word" | sed "s/'/'\\\\''/g")'" ;;
    esac
  done
}

download() {
  if [ "${INSTALL_K3S_SKIP_DOWNLOAD:-}" = true ] || [ "${INSTALL_K3S_SKIP_DOWNLOAD:-}" = binary ]; then
    [ -x "$program" ] || fatal "Executable k3s binary not found at $program"
    info "Skipping k3s download and verify"
    return
  fi
  folder=$(mktemp -d -t k3s-install.XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  info "Using $version as release"
  info "Downloading hash $releases/$version/sha256sum-amd64.txt"
  curl -o "$folder/hash" -sfL "$releases/$version/sha256sum-amd64.txt" || fatal "Download failed"
  wanted=$(sed -n 's/[[:space:]]*k3s$//p' "$folder/hash")
  if [ -x "$program" ] && [ "$(sha256sum <"$program" | cut -d ' ' -f 1)" = "$wanted" ]; then
    info "Skipping binary downloaded, installed k3s matches hash"
    return
  fi
  info "Downloading binary $releases/$version/k3s"
  curl -o "$folder/k3s" -sfL "$releases/$version/k3s" || fatal "Download failed"
  info "Verifying binary download"
  found=$(sha256sum <"$folder/k3s" | cut -d ' ' -f 1)
  [ "$found" = "$wanted" ] || fatal "Download sha256 does not match $wanted, got $found"
  info "Installing k3s to $program"
  install -m 755 "$folder/k3s" "$program.new"
  mv "$program.new" "$program"
}

create_links() {
  for name in kubectl crictl ctr; do
    if [ -e "/usr/local/bin/$name" ] || command -v "$name" >/dev/null; then
      info "Skipping /usr/local/bin/$name symlink to k3s, command exists in PATH at $(command -v "$name")"
    else
      info "Creating /usr/local/bin/$name symlink to k3s"
      ln -s k3s "/usr/local/bin/$name"
    fi
  done
  info "Creating uninstall script /usr/local/bin/k3s-uninstall.sh"
  printf '#!/bin/sh\nexec /usr/local/bin/k3s uninstall\n' >/usr/local/bin/k3s-uninstall.sh
  chmod 755 /usr/local/bin/k3s-uninstall.sh
}

create_service() {
  info "env: Creating environment file $unit.env"
  rm -f "$unit.env"
  (umask 077 && env | grep '^K3S_' >"$unit.env") || true
  info "systemd: Creating service file $unit"
  cat >"$unit" <<UNIT
[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
NotifyAccess=all
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-$unit.env
KillMode=process
Delegate=yes
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStart=$program server$command
UNIT
}

start_service() {
  if [ "${INSTALL_K3S_SKIP_ENABLE:-}" = true ]; then return; fi
  info "systemd: Enabling k3s unit"
  systemctl enable "$unit" >/dev/null
  systemctl daemon-reload >/dev/null
  if [ "${INSTALL_K3S_SKIP_START:-}" = true ]; then return; fi
  if [ "$before" = "$(installed_hashes)" ] && [ "${INSTALL_K3S_FORCE_RESTART:-}" != true ]; then
    info "No change detected so skipping service start"
    return
  fi
  info "systemd: Starting k3s"
  systemctl restart k3s
}

installed_hashes() {
  sha256sum "$program" "$unit" "$unit.env" 2>/dev/null || true
}

verify_system
before=$(installed_hashes)
set_command "$@"
download
create_links
create_service
start_service
