import type { GoModule } from "./versions";

/** What `go mod edit -json` prints of a go.mod, as far as it is read here. */
export interface GoModFile {
  readonly Go?: string;
  readonly Godebug?: readonly { readonly Key: string; readonly Value: string }[] | null;
  readonly Require?: readonly GoRequirement[] | null;
  readonly Replace?: readonly GoReplacement[] | null;
}

interface GoRequirement {
  readonly Path: string;
  readonly Version: string;
}

interface GoReplacement {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
}

/** What a go.mod of ours asks for beyond the module's own. */
export interface GoModOptions {
  /** Raised above what the module itself asks for. */
  readonly raised?: readonly GoModule[];
  /** The published version of modules that upstream replaces by a folder `./staging/…` of its own repository. */
  readonly stagingVersion?: string;
}

/**
 * Writes the go.mod of a folder that builds programs of a published module, with the very versions upstream builds with.
 *
 * The module's whole requirement list is copied, so that Go neither walks the deep module graph nor needs `go mod tidy`
 * (etcd: 2 s instead of 15 s). Replacements count only in a main module, hence they are copied too.
 * @param module the module whose programs are built
 * @param upstream its own go.mod
 */
export function goModText(module: GoModule, upstream: GoModFile, options: GoModOptions = {}): string {
  const lines = ["module istio-lab/build", "", `go ${upstream.Go ?? "1.24"}`];
  for (const { Key, Value } of upstream.Godebug ?? []) {
    lines.push(`godebug ${Key}=${Value}`);
  }
  const required = new Map<string, string>();
  for (const { Path, Version } of upstream.Require ?? []) {
    required.set(Path, Version);
  }
  for (const { path, version } of [...(options.raised ?? []), module]) {
    required.set(path, version);
  }
  for (const [path, version] of required) {
    lines.push(`require ${path} ${version}`);
  }
  for (const replacement of upstream.Replace ?? []) {
    const line = replaceLine(replacement, options.stagingVersion);
    if (line !== undefined) {
      lines.push(line);
    }
  }
  return lines.join("\n") + "\n";
}

/** @returns undefined for a folder of upstream's repository that is published as the module that is required anyway */
function replaceLine({ Old, New }: GoReplacement, stagingVersion: string | undefined): string | undefined {
  const old = Old.Version === undefined ? Old.Path : `${Old.Path} ${Old.Version}`;
  if (!New.Path.startsWith(".")) {
    return `replace ${old} => ${New.Path} ${New.Version ?? ""}`.trimEnd();
  }
  if (stagingVersion !== undefined && New.Path.startsWith("./staging/")) {
    return `replace ${old} => ${Old.Path} ${stagingVersion}`;
  }
  return undefined;
}
