import type { Repair } from "../../infra/core/check";
import { here, on } from "../check-commands";
import type { LabOutputs } from "../outputs";
import { healthOf, meshHosts, type MeshHost } from "./check-commands";
import { GROUP } from "./notes";

/** What `heal` looks at in the `vm` lab: every VM is in the mesh, and istiod counts it as healthy. */
export function vmRepairs(outputs: LabOutputs): readonly Repair[] {
  return meshHosts(outputs.hosts).map(sidecarRepair);
}

/**
 * The health of before a restart stays in the WorkloadEntry until the VM is heard of again, so it counts only beside a
 * connection. An expired token is no hindrance: the sidecar has its certificate on disk.
 */
function sidecarRepair(host: MeshHost): Repair {
  const { name } = host;
  return {
    wanted: {
      name: `${name}-in-mesh`,
      shows: `istiod is connected with the sidecar of ${name} and counts its forum as healthy`,
      source: "13.3.3 Step4, 13.3.5 Step5",
      command: here(`istioctl proxy-status | grep '^${name}\\.${GROUP.namespace} ' >/dev/null; ${healthOf(host).run}`),
      expect: { stdout: /^True$/ },
      deadlineSeconds: 60,
    },
    repair: on(name, "sudo systemctl restart istio"),
    done: `the sidecar of ${name} was restarted`,
  };
}
