import { addonObjects, type AddonChoice } from "../../infra/addon/addon-objects";
import { servedAddons } from "../../infra/addon/addons";

/** What the study notes' steps want when a script takes them one after another: the measure that `bench` holds against `up`. */
export interface ByHand {
  /** The script, from the project's top. It prints a line `STEP SECONDS` for each step. */
  readonly script: string;
  /** Its environment, beside the tools, `FOLDER`, where the definitions lie, and `NAME`, with which the names of all that it makes begin. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Plain values of the files that it reads, by name: written as JSON, which is YAML. */
  readonly definitions: Readonly<Record<string, unknown>>;
}

/** The objects of all add-ons that the toolchain serves, as kubectl takes them. */
export function addonList(choice: AddonChoice): unknown {
  const items = servedAddons(choice.toolchain).flatMap((name) => addonObjects(name, choice));
  return { apiVersion: "v1", kind: "List", items };
}
