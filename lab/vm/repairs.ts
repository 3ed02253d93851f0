import type { Repair } from "../../infra/core/check";
import { script } from "../../infra/core/script";
import { shellQuote } from "../../infra/core/shell";
import { sshLine } from "../../infra/core/ssh-line";
import { here, on } from "../shared/check-commands";
import { scriptLine } from "../shared/script-line";
import type { LabOutputs } from "../program/outputs";
import { entryOf, healthOf, meshHosts, SERVICE_STOPPED, servicesCheck, type MeshHost } from "./check-commands";
import { GROUP, SERVICE_ACCOUNT } from "./study-notes";
import { VM_SCRIPTS } from "./script-folder";

/** What `heal` looks at in the `vm` lab: every VM can prove who it is, is in the mesh, and istiod counts it as healthy. */
export function vmRepairs(outputs: LabOutputs): readonly Repair[] {
  const hosts = meshHosts(outputs.hosts);
  return [...hosts.map(credentialsRepair), ...hosts.map(sidecarRepair)];
}

/** How long a VM that has just been started is given to answer over SSH, in seconds. An expired credential does not come back by itself. */
const SSH_SECONDS = 8;

/**
 * After a night off both the token (one hour) and the certificate (one day) of a VM have expired. After `kubectl delete namespace istio-system`
 * the mesh has another root certificate.
 */
function credentialsRepair({ name, login }: MeshHost): Repair {
  const ssh = sshLine(login);
  const check = `sudo -n bash -c ${shellQuote(script("vm-credentials-check.sh"))}`;
  const take = `sudo bash -c ${shellQuote(script("vm-credentials-take.sh", VM_SCRIPTS))}`;
  const paste = "sudo openssl x509 -enddate -noout -in /etc/certs/cert-chain.pem";
  return {
    isFirst: true,
    wanted: {
      name: `${name}-credentials`,
      shows: `${name} and istiod can prove to each other who they are: root certificate, token or certificate`,
      source: "13.3.2 Step2",
      command: { ...here(`${ROOT} | ${ssh} ${shellQuote(check)}`), paste: `${ssh} ${shellQuote(paste)}` },
      expect: { stdout: /^valid$/ },
      givesUpAt: /^(expired|outdated)/,
      deadlineSeconds: SSH_SECONDS,
    },
    repair: here(scriptLine("vm-credentials-renew.sh", CREDENTIALS, VM_SCRIPTS, [ssh, shellQuote(take)])),
    done: `${name} got a fresh token, and the root certificate of the mesh`,
  };
}

/** Whose token a VM gets. */
const CREDENTIALS = { NAMESPACE: GROUP.namespace, SERVICE_ACCOUNT };

/** As istiod writes it into each namespace; `istioctl x workload entry configure` takes it from there, too. */
const ROOT = `kubectl --namespace ${GROUP.namespace} get configmap istio-ca-root-cert --output jsonpath='{.data.root-cert\\.pem}'`;

function sidecarRepair(host: MeshHost): Repair {
  const { name } = host;
  const place = { PROXY: `${name}.${GROUP.namespace}`, NAMESPACE: GROUP.namespace, WORKLOAD_ENTRY: entryOf(host) };
  return {
    wanted: {
      name: `${name}-in-mesh`,
      shows: `istiod is connected with the sidecar of ${name} and counts its forum as healthy`,
      source: "13.3.3 Step4, 13.3.5 Step5",
      command: {
        ...here(scriptLine("vm-in-mesh.sh", place, VM_SCRIPTS, [servicesCheck(host)])),
        paste: `istioctl proxy-status; ${healthOf(host).run}`,
      },
      expect: { stdout: /^True$/ },
      givesUpAt: SERVICE_STOPPED,
      deadlineSeconds: 60,
    },
    repair: {
      ...on(name, `sudo -n bash -c ${shellQuote(script("vm-services-restart.sh", VM_SCRIPTS))}`),
      paste: "sudo systemctl restart istio forum",
    },
    done: `the sidecar and forum of ${name} were restarted`,
  };
}
