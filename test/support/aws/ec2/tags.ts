import type { Tags } from "../account-data";
import { ApiError, invalidValue } from "../api-error";

/** Tags that a resource may have. */
const tagLimit = 50;

/**
 * Refuses tags that EC2 does not take.
 * @throws ApiError for too many, for names and values that are too long, and for names that AWS keeps for itself
 */
export function refuseTags(tags: Tags): void {
  if (Object.keys(tags).length > tagLimit) {
    throw new ApiError("TagLimitExceeded", `The maximum number of tags for a resource is ${tagLimit}`);
  }
  for (const [name, value] of Object.entries(tags)) {
    if (name.toLowerCase().startsWith("aws:")) {
      throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
    }
    if (name === "" || name.length > 128) {
      throw invalidValue(`Tag key length must be between 1 and 128, got ${name.length}`);
    }
    if (value.length > 256) {
      throw invalidValue(`Tag value exceeds the maximum length of 256 characters, got ${value.length}`);
    }
  }
}
