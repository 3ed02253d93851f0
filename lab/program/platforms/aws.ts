import { DEFAULT_REGION } from "../../../infra/core/aws-places";
import type { Platform } from "./platform";

/** On instances that are rented from AWS. */
export const aws: Platform = {
  name: "aws",
  isOnEngine: false,
  hasKubeadm: false,
  provider: "aws",
  variables: ["AWS_"],
  region: DEFAULT_REGION,
  preflight: async (config, situation) => (await import("./aws-preflight")).awsPreflight(config, situation),
};
