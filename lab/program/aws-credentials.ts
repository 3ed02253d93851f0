import { readFileSync } from "node:fs";
import type { ConfigIssue } from "../../infra/core/errors";
import { homeFolder } from "../../infra/core/paths";
import { withoutTilde } from "../config/machine";

/** Variables by name, as the program was started with them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a file says; undefined if there is none, or none that may be read. */
export type ReadText = (path: string) => string | undefined;

/** The machine, as far as it matters where credentials are. */
export interface CredentialMachine {
  /** The folder that `~` stands for. */
  readonly home: string;
  /** Who made the machine as its firmware says, e.g. `Amazon EC2`. */
  readonly systemVendor: string;
}

/** Settings of a profile of which each is a way to credentials; their values are nobody's business here. */
const WAYS = [
  "aws_access_key_id",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "source_profile",
  "sso_session",
  "sso_start_url",
  "web_identity_token_file",
];

const NAMES = {
  profile: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
  key: ["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"],
  secret: ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"],
  container: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"],
} as const;

/**
 * What stands between the configuration and an account of AWS, as far as it can be told without a call: are there credentials that AWS's SDK
 * would find? Whether they are valid is for AWS to say. No value of a secret is read into the answer.
 */
export function credentialIssue(
  env: Environment,
  readText: ReadText,
  machine: CredentialMachine,
): ConfigIssue | undefined {
  const problem = credentialProblem(env, readText, machine);
  return problem === undefined ? undefined : { key: "platform", problem: `aws needs credentials, and ${problem}` };
}

/** The same for this machine and this process. */
export function credentialIssueHere(): ConfigIssue | undefined {
  const systemVendor = textOf("/sys/devices/virtual/dmi/id/sys_vendor")?.trim() ?? "";
  return credentialIssue(process.env, textOf, { home: homeFolder(), systemVendor });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function credentialProblem(env: Environment, readText: ReadText, machine: CredentialMachine): string | undefined {
  const setIn = (names: readonly string[]) => names.find((name) => env[name]);
  const [key, secret] = [setIn(NAMES.key), setIn(NAMES.secret)];
  if ((key === undefined) !== (secret === undefined)) {
    const missing = key === undefined ? NAMES.key[0] : NAMES.secret[0];
    return `only half of a pair was found: ${key ?? secret} is set and ${missing} is not; set both or none`;
  }
  if (key !== undefined || (env["AWS_WEB_IDENTITY_TOKEN_FILE"] && env["AWS_ROLE_ARN"])) {
    return undefined;
  }
  const files = profileFiles(env, readText, machine);
  const profile = NAMES.profile.find((name) => env[name]);
  if (profile !== undefined) {
    return profileProblem(profile, env[profile] ?? "", files);
  }
  // An instance may have a role, which only a call could tell.
  const instance = machine.systemVendor === "Amazon EC2" && env["AWS_EC2_METADATA_DISABLED"] !== "true";
  if (setIn(NAMES.container) || instance || waysOf("default", files)) {
    return undefined;
  }
  const looked = `neither ${NAMES.key[0]} nor ${NAMES.profile[0]} is set, and no default profile in ${placesOf(files)} has any`;
  return `none were found: ${looked}; run: aws configure, or set ${NAMES.profile[0]}${choiceOf(files)}`;
}

/** A file of profiles, as the user knows it. */
interface ProfileFile {
  /** As messages show it. */
  readonly place: string;
  /** The names of the settings that each profile has. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
}

function profileFiles(env: Environment, readText: ReadText, machine: CredentialMachine): readonly ProfileFile[] {
  const sources = [
    { variable: "AWS_SHARED_CREDENTIALS_FILE", file: "credentials", heading: /^(.+)$/ },
    { variable: "AWS_CONFIG_FILE", file: "config", heading: /^(?:profile\s+(.+)|(default))$/ },
  ];
  return sources.map(({ variable, file, heading }) => {
    const said = env[variable] ?? "";
    const place = said === "" ? `~/.aws/${file}` : said;
    return { place, profiles: profilesIn(readText(withoutTilde(place, machine)) ?? "", heading) };
  });
}

/** The profiles of an INI file; of each setting its name alone. */
function profilesIn(text: string, heading: RegExp): ReadonlyMap<string, readonly string[]> {
  const profiles = new Map<string, readonly string[]>();
  let current: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      const [, named, standing] = heading.exec(section) ?? [];
      current = named ?? standing;
      if (current !== undefined) {
        profiles.set(current, profiles.get(current) ?? []);
      }
    }
    // An indented line belongs to the setting above it.
    const setting = /^([A-Za-z_0-9]+)\s*=\s*\S/.exec(line)?.[1];
    if (current !== undefined && setting !== undefined) {
      profiles.set(current, [...(profiles.get(current) ?? []), setting.toLowerCase()]);
    }
  }
  return profiles;
}

function profileProblem(variable: string, name: string, files: readonly ProfileFile[]): string | undefined {
  if (!files.some(({ profiles }) => profiles.has(name))) {
    const known = namesIn(files);
    const right = known.length > 0 ? `write one of ${known.join(", ")}` : `run: aws configure --profile ${name}`;
    return `${variable} names the profile "${name}", which is neither in ${files.map(({ place }) => place).join(" nor in ")}; ${right}`;
  }
  return waysOf(name, files)
    ? undefined
    : `the profile "${name}" of ${variable} has none in ${placesOf(files)}; run: aws configure --profile ${name}`;
}

/** Has a profile a way to credentials? */
function waysOf(name: string, files: readonly ProfileFile[]): boolean {
  return files.some(({ profiles }) => profiles.get(name)?.some((setting) => WAYS.includes(setting)));
}

function namesIn(files: readonly ProfileFile[]): string[] {
  return [...new Set(files.flatMap(({ profiles }) => [...profiles.keys()]))];
}

function placesOf(files: readonly ProfileFile[]): string {
  return files.map(({ place }) => place).join(" or ");
}

/** The profiles from which the user can choose. */
function choiceOf(files: readonly ProfileFile[]): string {
  const names = namesIn(files).filter((name) => waysOf(name, files));
  return names.length === 0 ? "" : ` to one of ${names.join(", ")}`;
}
