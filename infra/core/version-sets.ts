import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { z } from "zod";
import type { Environment } from "./paths";
import {
  ADDONS,
  COMMON_VERSIONS,
  isSetName,
  VERSION_SETS_VARIABLE,
  versionTable,
  type LabVersions,
  type OfficialVersions,
  type VersionSet,
} from "./versions";

const matching = (pattern: RegExp, wanted: string) =>
  z
    .string(`${wanted} is wanted`)
    .regex(pattern, { error: ({ input }) => `${JSON.stringify(input)} given, ${wanted} is wanted` });

const version = matching(/^\d[\w.+-]*$/, "a version without a leading v, e.g. 1.30.4");
const kubernetesVersion = matching(/^\d+\.\d+\.\d+$/, "a version as 1.34.0");
const digest = matching(/^sha256:[0-9a-f]{64}$/, "a digest as sha256:…, 64 hexadecimal digits");
const image = matching(
  /^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+:[\w.-]+$/,
  "an image with its registry and tag, e.g. docker.io/grafana/grafana:12.0.1",
);

/** Program and plugins speak one schema, which package.json pins. */
const pinned = (pin: string) => z.literal(pin, `the program wants ${pin}; leave it out`).default(pin);

const addons = z.strictObject(
  Object.fromEntries(ADDONS.map((name) => [name, image.exactOptional()])) as Record<
    (typeof ADDONS)[number],
    z.ZodExactOptional<typeof image>
  >,
);

const bookinfo = z.strictObject({
  registry: matching(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/, "a registry with a path, e.g. docker.io/istio"),
  tag: version,
});

const labVersions = z.strictObject({
  kubernetes: kubernetesVersion,
  kindNodeDigest: digest,
  istio: version,
  addons,
  bookinfo,
});

const officialSet = (labs: readonly string[] | undefined) =>
  z
    .strictObject({
      source: z.literal("official", 'only "official" can be given').default("official"),
      kind: version.default(COMMON_VERSIONS.kind),
      pulumi: version.default(COMMON_VERSIONS.pulumi),
      pulumiCommand: pinned(COMMON_VERSIONS.pulumiCommand),
      pulumiKubernetes: pinned(COMMON_VERSIONS.pulumiKubernetes),
      metallb: version,
      metallbManifestSha256: matching(/^[0-9a-f]{64}$/, "a SHA-256 of 64 hexadecimal digits"),
      forum: z.strictObject({
        commit: matching(/^[0-9a-f]{40}$/, "a commit of 40 hexadecimal digits"),
        gitBlob: matching(/^[0-9a-f]{40}$/, "a git blob's id of 40 hexadecimal digits"),
      }),
      kubectl: kubernetesVersion,
      k3s: version,
      helm: version,
      labs: labsOf(labs),
      addonPrograms: z
        .strictObject({ tracing: z.enum(["jaeger", "zipkin"]), discovery: z.enum(["kubernetes", "dns"]) })
        .exactOptional(),
      imageDigests: z.record(image, digest).exactOptional(),
      upstreamEnvoy: z.boolean().exactOptional(),
    })
    .superRefine(({ kubectl, labs }, context) => {
      for (const [lab, { kubernetes }] of Object.entries(labs)) {
        if (Math.abs(minorOf(kubectl) - minorOf(kubernetes)) > 1) {
          const message = `${kubectl} is more than one minor version away from ${lab}'s Kubernetes ${kubernetes}`;
          context.addIssue({ code: "custom", path: ["kubectl"], message });
        }
      }
    }) satisfies z.ZodType<OfficialVersions>;

const setName = z.string().superRefine((name, context) => {
  if (!isSetName(name) || Object.hasOwn(versionTable, name)) {
    const taken = ["auto", ...Object.keys(versionTable)].includes(name) ? "is taken" : "is no name of a set";
    context.addIssue({
      code: "custom",
      message: `${taken}; use lower case letters, digits and hyphens, e.g. company-2025`,
    });
  }
});

const file = (labs: readonly string[] | undefined) =>
  z.record(setName, officialSet(labs), 'version sets by name are wanted, e.g. {"company": {…}}');

/** Of each lab, if these are all that there are. */
function labsOf(names: readonly string[] | undefined): z.ZodType<Readonly<Record<string, LabVersions>>> {
  return names === undefined
    ? z.record(z.string(), labVersions)
    : z.strictObject(Object.fromEntries(names.map((name) => [name, labVersions])));
}

function minorOf(kubernetes: string): number {
  return Number(kubernetes.split(".")[1]);
}

/**
 * All version sets by name: those of the table, then those of the file that `ISTIO_LAB_VERSION_SETS` names.
 * @param labs the labs of which each set of that file has to say what they run on. Default: whatever labs a set names
 * @throws Error with every problem of that file, one a line
 */
export function versionSets(
  labs?: readonly string[],
  env: Environment = process.env,
): Readonly<Record<string, VersionSet>> {
  const named = env[VERSION_SETS_VARIABLE];
  return named ? { ...versionTable, ...readSets(named, labs) } : versionTable;
}

function readSets(path: string, labs: readonly string[] | undefined): Readonly<Record<string, OfficialVersions>> {
  if (!isAbsolute(path)) {
    throw new Error(`${VERSION_SETS_VARIABLE}: "${path}" given; write the absolute path of a JSON file`);
  }
  const parsed = file(labs).safeParse(readJson(path));
  if (parsed.success) {
    return parsed.data;
  }
  const lines = parsed.error.issues.flatMap(linesOf).map((line) => `${path}: ${line}`);
  throw new Error([...new Set(lines)].join("\n"));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const reason =
      error instanceof SyntaxError
        ? `not JSON (${error.message})`
        : `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
    throw new Error(`${VERSION_SETS_VARIABLE}: ${path}: ${reason}`, { cause: error });
  }
}

function linesOf(issue: z.core.$ZodIssue): readonly string[] {
  const place = issue.path.join(".");
  const at = place === "" ? "" : `${place}: `;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => `${at}${key} is no part of a version set`);
    case "invalid_key":
      return issue.issues.map(({ message }) => `${at}${message}`);
    case "invalid_type":
      return [`${at}${issue.message.startsWith("Invalid input") ? `${issue.expected} is wanted` : issue.message}`];
    default:
      return [`${at}${issue.message}`];
  }
}
