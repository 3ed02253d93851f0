#!/usr/bin/env bash
# Makes the notes' k3s-s of a fresh Ubuntu; run once, as root, by cloud-init. No secret goes in: k3s makes its token itself.
# In: HOST_NAME, ADDRESS, PACKAGES, PUBLIC_ADDRESS, POD_CIDR, SERVICE_CIDR,
#     VERSION_OF_K3S, VERSION_OF_HELM, VERSION_OF_KUBECTX, VERSION_OF_KUBE_PS1: as they are tagged, without the leading v. No name begins with
#     K3S_: the installer keeps all of those in the environment of the service.
# See the notes, 13: the CloudFormation template's EC21.
set -euo pipefail
# shellcheck source=lib/instance.sh
source lib/instance.sh

# The installer checks the binary against the release's own digests. Traefik would take ports 80 and 443; Istio's gateway is the ingress.
install_k3s() {
  again 5 curl -sfL --output /run/k3s-install.sh https://get.k3s.io
  again 3 env INSTALL_K3S_VERSION="v$VERSION_OF_K3S" sh /run/k3s-install.sh server --disable=traefik \
    --cluster-cidr "$POD_CIDR" --service-cidr "$SERVICE_CIDR" --tls-san "$PUBLIC_ADDRESS"
}

install_helm() {
  local folder archive architecture
  architecture=$(dpkg --print-architecture)
  archive=helm-v$VERSION_OF_HELM-linux-$architecture.tar.gz
  folder=$(mktemp -d)
  again 5 curl -sfL --output "$folder/$archive" "https://get.helm.sh/$archive"
  again 5 curl -sfL --output "$folder/$archive.sha256sum" "https://get.helm.sh/$archive.sha256sum"
  (cd "$folder" && sha256sum --check --quiet "$archive.sha256sum")
  tar -xz -C "$folder" -f "$folder/$archive"
  install -m 755 "$folder/linux-$architecture/helm" /usr/local/bin/helm
  rm -rf "$folder"
}

# clone REPOSITORY TAG FOLDER
clone() {
  rm -rf "$3"
  git -c advice.detachedHead=false clone --quiet --depth 1 --branch "$2" "https://github.com/$1" "$3"
}

install_prompt() {
  again 5 clone ahmetb/kubectx "v$VERSION_OF_KUBECTX" /opt/kubectx
  ln -sf /opt/kubectx/kubens /opt/kubectx/kubectx /usr/local/bin/
  again 5 clone jonmosco/kube-ps1 "v$VERSION_OF_KUBE_PS1" /root/kube-ps1
  printf 'source /root/kube-ps1/kube-ps1.sh\n' >>~root/.bash_profile
  cat >>~root/.bash_profile <<'PROFILE'
KUBE_PS1_SYMBOL_ENABLE=true
function get_cluster_short() {
  echo "$1" | cut -d . -f1
}
KUBE_PS1_CLUSTER_FUNCTION=get_cluster_short
KUBE_PS1_SUFFIX=') '
PS1='$(kube_ps1)'$PS1
PROFILE
}

prepare_machine
install_packages &
packages=$!
install_helm &
helm=$!
install_prompt &
prompt=$!
install_k3s
wait "$packages"
wait "$helm"
wait "$prompt"
