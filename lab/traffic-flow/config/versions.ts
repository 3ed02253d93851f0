import type { LabNeeds } from "../../../infra/core/lab-needs";
import { labVersions } from "../../../infra/core/versions";

/** nginx without a tag, as the study notes' plain pod has it. */
const nginxOfPod = { name: "nginx-pod", reference: "docker.io/library/nginx:latest" } as const;

/** The Kubernetes and the Istio of each version set, and the images of the lab's pods. */
export const trafficFlowNeeds: LabNeeds = {
  versions: { book: labVersions("1.30.4", "1.23.2"), current: labVersions("1.34.0", "1.30.4") },
  images: ["nginx", nginxOfPod, "bookinfo", "addons"],
};
