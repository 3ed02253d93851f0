import type { LabNeeds } from "../../../infra/core/lab-needs";
import { labVersions } from "../../../infra/core/versions";

/** The Kubernetes and the Istio of each version set, and the images of the lab's pods. */
export const multiClusterNeeds: LabNeeds = {
  versions: { book: labVersions("1.28.15", "1.17.8"), current: labVersions("1.34.0", "1.30.4") },
  images: ["metallb", "webapp", "catalog", "simple-backend", "netshoot"],
};
