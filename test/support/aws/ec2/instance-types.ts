import { ApiError } from "../api-error";

const sizes = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge"];
const smallSizes = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge"];

const knownTypes = new Set([
  ...["t2", "t3", "t3a"].flatMap((family) => smallSizes.map((size) => `${family}.${size}`)),
  ...["m5", "m5a", "m6i", "m6a", "m7i", "c5", "c6i", "r5", "r6i"].flatMap((family) =>
    sizes.map((size) => `${family}.${size}`),
  ),
]);

/**
 * Refuses instance types that there are not. Those with Arm processors are left out: the account's images are x86-64.
 * @throws ApiError `InvalidInstanceType`
 */
export function refuseInstanceType(type: string): void {
  if (!knownTypes.has(type)) {
    throw new ApiError("InvalidInstanceType", `The following supplied instance types do not exist: [${type}]`);
  }
}
