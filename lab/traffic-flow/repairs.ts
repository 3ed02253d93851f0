import type { Repair } from "../../infra/core/check";
import { here, OK, restartIstio } from "../shared/check-commands";
import type { LabOutputs } from "../program/outputs";
import { placeOf, statusFromClient } from "./check-commands";

/** What `heal` looks at in the `traffic-flow` lab: both applications answer the client outside the mesh. */
export function trafficFlowRepairs(outputs: LabOutputs): readonly Repair[] {
  const { domain, nodeAddress } = placeOf(outputs);
  return [answers("nginx", domain, "/"), answers("productpage", nodeAddress, "/productpage")];
}

/** A sidecar that lost istiod for long asks it again after longer and longer pauses. */
function answers(application: string, host: string, path: string): Repair {
  return {
    wanted: {
      name: `${application}-through-node-port`,
      shows: `testpc reaches ${application} through the ingress gateway`,
      source: "Istio Traffic Flow 5, 7",
      command: statusFromClient(host, path),
      expect: OK,
      deadlineSeconds: 60,
    },
    repair: here(restartIstio(["istiod", "istio-ingressgateway"])),
    done: "istiod and the ingress gateway were restarted",
  };
}
