/** Processor types, as images and packages name them. */
export const PROCESSORS = ["amd64", "arm64"] as const;

/** One of them. */
export type Processor = (typeof PROCESSORS)[number];

/** What a processor is called elsewhere: by Node.js, and by the kernel and docker. */
const OTHER_NAMES: Readonly<Record<string, Processor>> = {
  x64: "amd64",
  x86_64: "amd64",
  arm64: "arm64",
  aarch64: "arm64",
};

/**
 * Reads the name that Node.js, the kernel or docker gives to a processor.
 * @returns undefined if it is one that the labs do not know
 */
export function processorNamed(name: string): Processor | undefined {
  return PROCESSORS.find((known) => known === name) ?? OTHER_NAMES[name];
}

/** The processor of this machine; one that the labs do not know counts as amd64, and set-up refuses it. */
export function machineProcessor(): Processor {
  return processorNamed(process.arch) ?? "amd64";
}
