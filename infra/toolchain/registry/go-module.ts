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
  /** Versions of another build's modules, which take the place of the module's own. */
  readonly shared?: ReadonlyMap<string, string>;
}

/**
 * The versions that a build shares with another, so that Go compiles what both use once.
 * @param other the other build's go.mod, after Go has completed it
 * @param kept modules that keep the versions of their own
 */
export function sharedVersions(other: GoModFile, kept: readonly string[]): ReadonlyMap<string, string> {
  const versions = (other.Require ?? []).map(({ Path, Version }) => [Path, Version] as const);
  return new Map(versions.filter(([path]) => !kept.includes(path)));
}

/**
 * Says which versions conflict with the shared ones: Go takes the highest that any module asks for, those excluded apart.
 * @param selected `module version` per line, as Go has selected them
 */
export function exclusions(selected: string, shared: ReadonlyMap<string, string>): readonly GoModule[] {
  const modules = new Map(selected.split("\n").map((line) => line.split(" ", 2) as [string, string | undefined]));
  return [...modules].flatMap(([path, version]) => {
    const wanted = shared.get(path);
    return version === undefined || version === "" || wanted === undefined || wanted === version
      ? []
      : [{ path, version }];
  });
}

/**
 * Writes the go.mod of a folder that builds programs of a published module, with the very versions upstream builds with.
 *
 * The module's whole requirement list is copied, so that Go neither walks the deep module graph nor needs `go mod tidy`
 * (etcd: 2 s instead of 15 s). Replacements count only in a main module, so they are copied too.
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
  for (const [path, version] of options.shared ?? []) {
    required.set(path, version);
  }
  for (const { Old, New } of upstream.Replace ?? []) {
    if (options.stagingVersion !== undefined && isStaging(New) && required.has(Old.Path)) {
      required.set(Old.Path, options.stagingVersion);
    }
  }
  for (const { path, version } of [...(options.raised ?? []), module]) {
    required.set(path, version);
  }
  for (const [path, version] of required) {
    lines.push(`require ${path} ${version}`);
  }
  for (const replacement of upstream.Replace ?? []) {
    const line = replaceLine(replacement);
    if (line !== undefined) {
      lines.push(line);
    }
  }
  return lines.join("\n") + "\n";
}

function isStaging({ Path }: GoReplacement["New"]): boolean {
  return Path.startsWith("./staging/");
}

/**
 * @returns undefined for a folder of upstream's repository, which is published as the module that is required anyway. (It is
 * not replaced by that: Go keeps what it compiles under the version that is required, so nothing would be shared.)
 */
function replaceLine({ Old, New }: GoReplacement): string | undefined {
  if (New.Path.startsWith(".")) return undefined;
  const old = Old.Version === undefined ? Old.Path : `${Old.Path} ${Old.Version}`;
  return `replace ${old} => ${New.Path} ${New.Version ?? ""}`.trimEnd();
}
