import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { PropertyMap } from "../../rpc/property-value";
import { textIn } from "./inputs";

/** Where the official provider looks for settings beside its own configuration. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the provider signs its calls with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Finds credentials in the official provider's order: its configuration, the environment, the shared files.
 * @param configuration the provider's inputs
 * @throws Error `No valid credential sources found`
 */
export function findCredentials(configuration: PropertyMap, environment: Environment): Credentials {
  const configured = pair(textIn(configuration, "accessKey"), textIn(configuration, "secretKey"));
  const profile = textIn(configuration, "profile") ?? environment["AWS_PROFILE"];
  const fromEnvironment = pair(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]);
  const fromFile = (): Credentials | undefined => {
    const section = profileSection(profile ?? "default", environment);
    return pair(section["aws_access_key_id"], section["aws_secret_access_key"]);
  };
  // A profile that is named goes before the environment's keys.
  const found =
    configured ?? (profile === undefined ? (fromEnvironment ?? fromFile()) : (fromFile() ?? fromEnvironment));
  if (found === undefined) {
    throw new Error(
      "No valid credential sources found. Please see the documentation of the AWS provider for more information " +
        "about providing credentials.",
    );
  }
  return found;
}

/** The region of the environment or of the profile's file; undefined where none says one. */
export function findRegion(configuration: PropertyMap, environment: Environment): string | undefined {
  const profile = textIn(configuration, "profile") ?? environment["AWS_PROFILE"] ?? "default";
  return (
    textIn(configuration, "region") ??
    nonEmpty(environment["AWS_REGION"]) ??
    nonEmpty(environment["AWS_DEFAULT_REGION"]) ??
    profileSection(profile, environment)["region"]
  );
}

function pair(accessKeyId: string | undefined, secretAccessKey: string | undefined): Credentials | undefined {
  return nonEmpty(accessKeyId) !== undefined && nonEmpty(secretAccessKey) !== undefined
    ? { accessKeyId: accessKeyId ?? "", secretAccessKey: secretAccessKey ?? "" }
    : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** The entries of a profile in ~/.aws/credentials and ~/.aws/config, which name it differently. */
function profileSection(profile: string, environment: Environment): Record<string, string> {
  const folder = join(environment["HOME"] ?? homedir(), ".aws");
  const credentials = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? join(folder, "credentials");
  const config = environment["AWS_CONFIG_FILE"] ?? join(folder, "config");
  return {
    ...sectionOf(config, profile === "default" ? "default" : `profile ${profile}`),
    ...sectionOf(credentials, profile),
  };
}

function sectionOf(file: string, section: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  const entries: Record<string, string> = {};
  let current = "";
  for (const line of text.split("\n").map((each) => each.trim())) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    const entry = /^([^#=\s]+)\s*=\s*(.*)$/.exec(line);
    current = header?.trim() ?? current;
    if (header === undefined && entry !== null && current === section) {
      entries[entry[1] ?? ""] = entry[2] ?? "";
    }
  }
  return entries;
}
