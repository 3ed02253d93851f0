import { fullDiskLine } from "../full-disk";
import { StepProblem } from "../step";
import { IMAGE_MIRROR_VARIABLE, type ImageSource } from "./image-mirror";

/** What is known when an image could not be pulled. */
interface Failure {
  /** The registry, for messages. */
  readonly host: string;
  readonly source: ImageSource;
  /** Docker's own line. */
  readonly line: string;
}

/** One thing that a registry or an engine says, with what it means and what to do about it. */
interface KnownFailure {
  readonly pattern: RegExp;
  readonly problem: (failure: Failure) => string;
  readonly remedy: (failure: Failure) => string;
}

const MIRROR = `set ${IMAGE_MIRROR_VARIABLE} to a mirror of images`;

/** What is said of an image that there is, but not for the processor that is wanted. */
export const OTHER_PROCESSORS = "has it for other processors only";

const login = ({ registry }: ImageSource): string =>
  registry === "docker.io" ? "docker login" : `docker login ${registry}`;

/** In this order: what a line says of the network is the cause of what it says of a layer. */
const KNOWN: readonly KnownFailure[] = [
  {
    pattern: /toomanyrequests|too many requests|pull rate limit|\b429\b/i,
    problem: ({ host, line }) => `${host} allows no more pulls for now (HTTP 429): ${line}`,
    remedy: ({ source }) => `raise the limit by logging in (${login(source)}), or wait some hours, or ${MIRROR}`,
  },
  {
    pattern: /no matching manifest for|not match the specified platform|no match for platform/i,
    problem: ({ host, line }) => `${host} ${OTHER_PROCESSORS}: ${line}`,
    remedy: ({ source }) =>
      source.isMirror
        ? "copy it to the mirror with all of its platforms"
        : `use a machine with another processor, or ${MIRROR} that has it`,
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    problem: ({ host, line }) => `${host} does not speak HTTPS: ${line}`,
    remedy: ({ source }) => `let the engine use it: add "${source.registry}" to insecure-registries of its daemon.json`,
  },
  {
    pattern: /x509:|certificate (signed by unknown|has expired|is not trusted)|tls: failed to verify/i,
    problem: ({ host, line }) => `the engine does not trust the certificate of ${host}: ${line}`,
    remedy: ({ source }) =>
      `give its CA to the engine: /etc/docker/certs.d/${source.registry}/ca.crt (Docker Desktop: the system's own certificates)`,
  },
  {
    pattern: /manifest verification failed|does not match provided digest|content digest .* mismatch/i,
    problem: ({ host, line }) => `${host} serves something else under the digest that is wanted: ${line}`,
    remedy: ({ source }) => (source.isMirror ? "copy it to the mirror again" : `try again, or ${MIRROR}`),
  },
  {
    pattern:
      /no such host|server misbehaving|connection (refused|reset)|i\/o timeout|TLS handshake timeout|network is unreachable|no route to host|awaiting headers|request canceled|context deadline exceeded|proxyconnect|\b50[234] |\b407\b/i,
    problem: ({ host, line }) => `the engine cannot reach ${host}: ${line}`,
    remedy: () =>
      `behind a proxy tell the engine of it (docker info shows whether it knows one), or ${MIRROR}; without either: ISTIO_LAB_SOURCE=registry`,
  },
  {
    pattern:
      /unauthorized|authentication required|no basic auth credentials|access denied|requested access to the resource|(?<!permission )\bdenied\b|incorrect username or password|\b40[13]\b|insufficient_scope/i,
    problem: ({ host, line }) => `${host} does not let it be pulled: ${line}`,
    remedy: ({ source }) =>
      `log in with an account that may (${login(source)})${source.isMirror ? `, or correct ${IMAGE_MIRROR_VARIABLE}` : `, or ${MIRROR}`}`,
  },
  {
    pattern:
      /manifest unknown|name unknown|manifest for .* not found|repository .* not found|not found: |: not found|\b404\b/i,
    problem: ({ host, line }) => `${host} has no such image: ${line}`,
    remedy: ({ source }) =>
      source.isMirror
        ? `copy it there, as ${source.repository}:${source.tag}, or correct ${IMAGE_MIRROR_VARIABLE}`
        : `choose another version set (-c versions=…), or ${MIRROR} that has it`,
  },
  {
    pattern:
      /unexpected EOF|\bEOF\b|layer verification failed|unexpected commit (digest|size)|failed size validation|download failed after|layers from manifest don't match|error pulling image configuration|invalid (tar header|checksum)|flate: corrupt/i,
    problem: ({ host, line }) => `a part of it came from ${host} broken off or damaged: ${line}`,
    remedy: ({ source }) =>
      `try again; if that does not help, ${source.isMirror ? "the mirror holds it damaged: copy it there again" : `a proxy on the way damages it: ${MIRROR}`}`,
  },
];

/** Registries by the name that people know them by. */
function hostName({ registry, isMirror }: ImageSource): string {
  if (isMirror) return `the mirror ${registry}`;
  return registry === "docker.io" ? "Docker Hub" : registry;
}

/**
 * Says that the engine's disk is full.
 * @param said what docker has printed
 * @returns undefined if it says nothing of the kind
 */
export function engineDiskProblem(said: string): StepProblem | undefined {
  const line = fullDiskLine(said);
  if (line === undefined) return undefined;
  return new StepProblem(
    `the disk on which the engine keeps images is full: ${shortened(line)}`,
    "make room: docker system df shows what takes it, docker image prune removes images without a name (Docker Desktop: Settings, Resources, Disk)",
  );
}

/**
 * Says why an image could not be pulled, and what to do.
 * @param said what docker has printed
 * @returns undefined if that is not known
 */
export function pullProblem(said: string, source: ImageSource): StepProblem | undefined {
  const fullDisk = engineDiskProblem(said);
  if (fullDisk !== undefined) return fullDisk;
  const lines = said.split("\n").map((line) => line.trim());
  const failure = { host: hostName(source), source, line: "" };
  for (const { pattern, problem, remedy } of KNOWN) {
    const line = lines.findLast((text) => pattern.test(text));
    if (line !== undefined) {
      const known = { ...failure, line: shortened(line) };
      return new StepProblem(problem(known), remedy(known));
    }
  }
  return undefined;
}

/** Docker's line without what every line has, and short enough to be read. */
function shortened(line: string): string {
  const text = line.replace(/^(Error response from daemon: |error: |docker: )+/i, "");
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** A tag that means something else than when it was first pulled. */
export function movedProblem(
  reference: string,
  digests: { readonly was: string; readonly is: string },
  lockFile: string,
): StepProblem {
  return new StepProblem(
    `the tag has moved: ${reference} was ${digests.was} when it was first pulled, and is ${digests.is} now`,
    `to take what it is now, remove its line from ${lockFile}; to keep what it was, set ${IMAGE_MIRROR_VARIABLE} to a mirror that has that`,
  );
}
