#!/usr/bin/env bash
# Makes the five files with which a VM joins the mesh: cluster.env, hosts, istio-token, mesh.yaml, root-cert.pem.
# In:  KUBECONFIG, GROUP, NAMESPACE, CLUSTER_ID, INGRESS_ADDRESS, VM_ADDRESS;
#      SPAN_COLLECTOR, REACHED_COLLECTOR: where the mesh sends its spans, and where the VM reaches that; both may be unset
# Out: the files as a base64 tar (secret: it holds the token).
# See the study notes, 13.3.2 Step2.
set -euo pipefail
# shellcheck source=lib/common.sh
source lib/common.sh

umask 077
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT

# istioctl needs the root certificate, which istiod writes into a namespace some time after it is made.
wait_until 120 "istiod has put its root certificate into $NAMESPACE" \
  kubectl --namespace "$NAMESPACE" get configmap istio-ca-root-cert --output name
address_given() {
  [ "$(kubectl --namespace istio-system get service istio-eastwestgateway \
    --output jsonpath='{.status.loadBalancer.ingress[0].ip}')" = "$INGRESS_ADDRESS" ]
}
wait_until 120 "the east-west gateway has the address $INGRESS_ADDRESS" address_given
quietly "istioctl could not make the files for the VM" istioctl x workload entry configure --name "$GROUP" --namespace "$NAMESPACE" --clusterID "$CLUSTER_ID" --autoregister \
  --ingressIP "$INGRESS_ADDRESS" --internalIP "$VM_ADDRESS" --output "$files"
# The name and the port are the cluster's own.
if [ -n "${SPAN_COLLECTOR:-}" ]; then
  sed "s/${SPAN_COLLECTOR//./\\.}/$REACHED_COLLECTOR/" "$files/mesh.yaml" >"$files/reached.yaml"
  mv "$files/reached.yaml" "$files/mesh.yaml"
fi
tar -C "$files" -c cluster.env hosts istio-token mesh.yaml root-cert.pem | base64 | tr -d '\n'
