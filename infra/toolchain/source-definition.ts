import type { ManifestParts } from "./manifest";
import type { Step } from "./step";

/** The tools that a toolchain puts on PATH. */
export const toolNames = ["pulumi", "kind", "kubectl", "istioctl"] as const;

/** One of them. */
export type ToolName = (typeof toolNames)[number];

/** Where a program lies: a step's result folder and its file name there. */
export interface ProgramFile {
  readonly step: string;
  readonly file: string;
}

/** All that the set-up has to know of a source. */
export interface SourceDefinition {
  readonly steps: readonly Step[];
  readonly tools: Readonly<Record<ToolName, ProgramFile>>;
  /** Pulumi plugins by executable name, and language hosts if they do not lie beside Pulumi itself. */
  readonly plugins: Readonly<Record<string, ProgramFile>>;
  /** Programs that the steps call -> Debian packages that have them. */
  readonly programs: Readonly<Record<string, string>>;
  /**
   * What the source offers, once its steps are finished.
   * @param folder final folder of a step
   */
  manifest(folder: (step: string) => string): ManifestParts;
}
