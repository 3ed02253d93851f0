import { PROJECT } from "../pulumi/backend";
import { checkoutConfig } from "./stack-config";
import { keptWith } from "./stack-project";
import { isSettings } from "./yaml-file";

/**
 * Names the settings of an earlier `-c` that win over other ones in the checkout's file: who edits the file would wonder.
 * @param overrides what `-c` sets now
 * @returns a line for each, with what takes it back
 */
export function overruled(stack: string, overrides: Readonly<Record<string, unknown>>): readonly string[] {
  const { config = {} } = checkoutConfig(stack);
  return Object.entries(keptWith(stack, overrides, process.env))
    .filter(([key, value]) => !(key in overrides) && key in config && shown(config[key]) !== shown(value))
    .map(
      ([key, value]) =>
        `${key}: ${shown(value)}, from an earlier -c; Pulumi.${stack}.yaml says ${shown(config[key])}, which is taken with: -c ${key.replace(`${PROJECT}:`, "")}=`,
    );
}

/** A secret is an object, `secure` by name. */
function shown(value: unknown): string {
  const isSecret = isSettings(value) && "secure" in value;
  return isSecret ? "a secret" : typeof value === "string" ? value : JSON.stringify(value);
}
