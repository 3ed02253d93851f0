#!/usr/bin/env bash
# Turns a Debian with systemd and containerd into a kind node, with kind's own files.
#   LAB_ROOT        root file system
#   LAB_KIND_FILES  folder images/base/files of the kind module
#   LAB_KUBERNETES  folder of kubeadm, kubelet, kubectl
#   LAB_CRICTL      crictl
#   LAB_VERSION     Kubernetes' version with the leading v
#   LAB_REGISTRY    what answers containerd for the images of the node
#   LAB_SHIM        runc shim, where the kernel withholds CAP_SYS_RESOURCE; else empty
set -euo pipefail
: "${LAB_ROOT:?}" "${LAB_KIND_FILES:?}" "${LAB_KUBERNETES:?}" "${LAB_CRICTL:?}" "${LAB_VERSION:?}" "${LAB_REGISTRY:?}"
root=$LAB_ROOT

install -m 755 "$LAB_KIND_FILES/usr/local/bin/entrypoint" "$root/usr/local/bin/entrypoint"
mkdir -p "$root"/kind/{bin,manifests} "$root"/etc/{containerd,kubernetes/manifests} "$root/opt/cni/bin"
install -m 755 "$LAB_KIND_FILES"/kind/bin/* "$root/kind/bin/"
cp -r --no-preserve=mode "$LAB_KIND_FILES"/etc/* "$root/etc/"
cp -L "$root"/usr/lib/cni/* "$root/opt/cni/bin/"
for program in kubeadm kubelet kubectl; do install -m 755 "$LAB_KUBERNETES/$program" "$root/usr/bin/$program"; done
# It finds containerd by kind's own /etc/crictl.yaml.
install -m 755 "$LAB_CRICTL" "$root/usr/local/bin/crictl"
echo "$LAB_VERSION" >"$root/kind/version"

# kind's units and entrypoint look for containerd where kind's own builds are.
rm -f "$root/lib/systemd/system/containerd.service" "$root/etc/systemd/system/containerd-fuse-overlayfs.service"
for program in containerd ctr containerd-shim-runc-v2; do ln -sf "/usr/bin/$program" "$root/usr/local/bin/$program"; done

cat >"$root/etc/containerd/config.toml" <<'CONFIG'
version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
  tolerate_missing_hugepages_controller = true
  restrict_oom_score_adj = false
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_template = "/etc/containerd/cni.template"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  base_runtime_spec = "/etc/containerd/cri-base.json"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = true
CONFIG
if [[ -n ${LAB_SHIM:-} ]]; then
  sed -i "s|restrict_oom_score_adj = .*|restrict_oom_score_adj = true|" "$root/etc/containerd/config.toml"
  install -m 755 "$LAB_SHIM" "$root/usr/local/sbin/runc"
  echo '    BinaryName = "/usr/local/sbin/runc"' >>"$root/etc/containerd/config.toml"
  # Raising limits and lowering the score takes the capability that is withheld.
  sed -i '/^OOMScoreAdjust/d; /^Limit/d' "$root/etc/systemd/system/containerd.service"
fi

# No image of kindnet: containerd writes the network's configuration itself as soon as the node has its pod CIDR.
cat >"$root/etc/containerd/cni.template" <<'CONFIG'
{"cniVersion": "0.3.1", "name": "ptp", "plugins": [
  {"type": "ptp", "ipMasq": true, "mtu": 1500, "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam-state",
    "ranges": [[{"subnet": "{{.PodCIDR}}"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
CONFIG

# The node itself is the first registry that is asked for any image: a pod whose tag is `latest` asks one at each start.
install -m 755 "$LAB_REGISTRY" "$root/usr/local/bin/baked-images"
mkdir -p "$root/etc/containerd/certs.d/_default"
printf '[host."http://127.0.0.1:5001"]\n  capabilities = ["pull", "resolve"]\n' >"$root/etc/containerd/certs.d/_default/hosts.toml"
cat >"$root/etc/systemd/system/baked-images.socket" <<'UNIT'
[Unit]
Description=The images of this node, as a registry for its containerd

[Socket]
ListenStream=127.0.0.1:5001
Accept=yes

[Install]
WantedBy=sockets.target
UNIT
cat >"$root/etc/systemd/system/baked-images@.service" <<'UNIT'
[Unit]
Description=One request to the images of this node
CollectMode=inactive-or-failed

[Service]
ExecStart=/usr/local/bin/baked-images
StandardInput=socket
StandardError=journal
UNIT

# kind applies both files to every new cluster and fails without them.
cat >"$root/kind/manifests/default-cni.yaml" <<'MANIFEST'
apiVersion: v1
kind: ConfigMap
metadata: {name: node-cni, namespace: kube-system}
data: {note: "one node: ptp, written by containerd from /etc/containerd/cni.template"}
MANIFEST
cat >"$root/kind/manifests/default-storage.yaml" <<'MANIFEST'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard}
provisioner: kubernetes.io/no-provisioner
MANIFEST

# As kind's own node image: nothing that looks after hardware, and no kernel log of the host in the journal.
system=$root/lib/systemd/system
rm -f "$system"/sysinit.target.wants/systemd-tmpfiles-setup.service "$system"/multi-user.target.wants/* "$root"/etc/systemd/system/*.wants/* \
  "$system"/local-fs.target.wants/* "$system"/sockets.target.wants/*udev* "$system"/sockets.target.wants/*initctl* "$system"/basic.target.wants/*
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nReadKMsg=no\n' >"$root/etc/systemd/journald.conf.d/istio-lab.conf"
chroot "$root" systemctl --quiet enable kubelet.service containerd.service undo-mount-hacks.service baked-images.socket
chroot "$root" systemctl --quiet mask systemd-binfmt.service
chroot "$root" ctr oci spec |
  chroot "$root" jq '.hooks.createContainer[0] = {"path": "/kind/bin/mount-product-files.sh"} | del(.process.rlimits)' >"$root/etc/containerd/cri-base.json"
