import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderText } from "../files";
import type { Step, StepContext } from "../step";
import { exclusions, goModText, sharedVersions, type GoModFile, type GoModOptions } from "./go-module";
import { patchedFolder, patchLines, patchModule, type PatchedModule } from "./go-patch";
import { goVariables } from "./package-settings";
import { programFolder, stubFolder } from "./sources";
import type { GoModule } from "./versions";

/** Name of the step that finds or fetches Go. */
export const goStepName = "go";

const linkerFlags = "-s -w";

/**
 * Nothing is made that the linker strips anyway: etcd from nothing took 61 s of processor time with this, 69 s without, for a
 * program of the same size (2026-11-24).
 */
const compilerFlags = "-gcflags=all=-dwarf=false";

/** Programs that are built out of one published module. */
export interface GoModuleBuild extends Omit<GoModOptions, "shared"> {
  readonly name: string;
  readonly title: string;
  readonly module: GoModule;
  /** Import paths of main packages; each becomes a program named after its path's last element that is no major version. */
  readonly packages: readonly string[];
  /** Name of the one program, if its import path ends in another. */
  readonly output?: string;
  /** Values set at link time, e.g. `k8s.io/component-base/version.gitVersion` -> `v1.34.4`. */
  readonly values?: Readonly<Record<string, string>>;
  /** A main package of ours, beside this file in `programs/`, that is built against the module instead of `packages`. */
  readonly program?: string;
  /** Another build, whose versions of modules are used, and modules that are not: its own, and what need not be shared. */
  readonly like?: { readonly build: string; readonly except: readonly string[] };
  /** Modules that are used with packages replaced by those in `stubs/<name>`. */
  readonly patched?: readonly PatchedModule[];
}

/**
 * The Go command that builds are made with.
 *
 * Go's own default caches are used, not folders of ours: whoever builds Go programs has them warm, Go trims them itself,
 * and a set-up that was killed or a cache folder that was deleted costs no second compilation.
 * @param context of a step that names the `go` step in `needs`
 */
export async function go(
  context: StepContext,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const command = join(context.result(goStepName), "goroot", "bin", "go");
  const settings = await goVariables(command);
  const env = {
    ...settings,
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=mod -buildvcs=false",
    GOWORK: "off",
    GOROOT: "",
    ...options.env,
  };
  return await context.exec(command, args, { ...options, env });
}

/**
 * Fetches a module through Go's module registry.
 * @returns the folder of its files, which is read-only
 */
export async function moduleFolder(context: StepContext, module: GoModule): Promise<string> {
  const text = await go(context, ["mod", "download", "-json", `${module.path}@${module.version}`]);
  const { Dir } = JSON.parse(text) as { Dir?: string };
  if (Dir === undefined) {
    throw new Error(`${module.path}@${module.version}: the Go module registry has no files of it`);
  }
  return Dir;
}

/**
 * Two steps that build programs of a published module, stripped and static, into the result folder of the second one.
 * The first one fetches the module and all it needs, which is done while other programs are compiled.
 */
export function goModuleSteps(build: GoModuleBuild): readonly [Step, Step] {
  const programText = build.program === undefined ? "" : folderText(programFolder(build.program));
  const modules = modulesStep(build.name);
  const stubText = build.patched === undefined ? "" : folderText(stubFolder(build.name));
  const packages = build.program === undefined ? build.packages : ["."];
  const fetchStep: Step = {
    name: modules,
    title: `modules of ${build.title.replace(/ from Go modules$/, "")}`,
    needs: build.like === undefined ? [goStepName] : [goStepName, modulesStep(build.like.build)],
    inputs: [JSON.stringify(build), programText, stubText],
    weight: "fetch",
    run: async (context) => {
      const shared = await writeModule(context, build);
      await settleVersions(context, packages, shared);
    },
  };
  const buildStep: Step = {
    name: build.name,
    title: build.title,
    needs: [goStepName, modules],
    inputs: [linkerFlags, compilerFlags],
    weight: "build",
    run: async (context) => {
      const folder = join(context.work, "module");
      await cp(context.result(modules), folder, { recursive: true });
      const values = Object.entries(build.values ?? {}).map(([name, value]) => `-X ${name}=${value}`);
      const flags = [linkerFlags, ...values].join(" ");
      const output = join(context.out, build.output ?? build.program ?? "/");
      const args = ["build", "-trimpath", compilerFlags, "-ldflags", flags, "-o", output, ...packages];
      await go(context, args, { cwd: folder });
    },
  };
  return [fetchStep, buildStep];
}

function modulesStep(build: string): string {
  return `${build}-modules`;
}

/**
 * Writes the files that the build runs in: go.mod, go.sum, patched modules and, if it is ours, the program.
 * @returns the versions that are shared with another build
 */
async function writeModule(context: StepContext, build: GoModuleBuild): Promise<ReadonlyMap<string, string>> {
  const upstream = await moduleFolder(context, build.module);
  const other = build.like === undefined ? undefined : context.result(modulesStep(build.like.build));
  const kept = [...(build.like?.except ?? []), ...(build.raised ?? []).map(({ path }) => path)];
  const shared = sharedVersions(other === undefined ? {} : await goMod(context, other), kept);
  const text = goModText(build.module, await goMod(context, upstream), { ...build, shared });
  await writeFile(join(context.out, "go.mod"), text);
  const sums = [upstream, other].map((folder) => (folder === undefined ? "" : join(folder, "go.sum")));
  for (const sum of sums.filter((file) => existsSync(file))) {
    await appendFile(join(context.out, "go.sum"), await readFile(sum, "utf8"));
  }
  if (build.program !== undefined) {
    const program = join(programFolder(build.program), "main.go");
    await writeFile(join(context.out, "main.go"), await readFile(program, "utf8"));
  }
  await patchModules(context, build);
  return shared;
}

async function goMod(context: StepContext, folder: string): Promise<GoModFile> {
  return JSON.parse(await go(context, ["mod", "edit", "-json", join(folder, "go.mod")])) as GoModFile;
}

async function patchModules(context: StepContext, { name, patched = [] }: GoModuleBuild): Promise<void> {
  for (const module of patched) {
    const target = join(context.out, patchedFolder(module.path));
    await patchModule(module, target, await patchSource(context, module), stubFolder(name));
  }
  await appendFile(join(context.out, "go.mod"), patchLines(patched));
}

/** `go mod download` would ask for a module's time, too, which module registries do not keep for every commit. */
async function patchSource(context: StepContext, module: PatchedModule): Promise<string | undefined> {
  const [folder] = Object.keys(module.packages);
  if (module.copied.length === 0 || folder === undefined) return undefined;
  const args = ["list", "-find", "-f", "{{.Module.Dir}}", `${module.path}/${folder}`];
  return (await go(context, args, { cwd: context.out })).trim();
}

/** Fetches what the packages need, and leaves no module above the version that it shares. */
async function settleVersions(
  context: StepContext,
  packages: readonly string[],
  shared: ReadonlyMap<string, string>,
): Promise<void> {
  const format = "{{with .Module}}{{.Path}} {{.Version}}{{end}}";
  // Each round uncovers what the excluded versions hid: CoreDNS needs five.
  for (let round = 0; round < 20; round++) {
    const selected = await go(context, ["list", "-deps", "-f", format, ...packages], { cwd: context.out });
    const excluded = exclusions(selected, shared);
    if (excluded.length === 0) return;
    const edits = excluded.flatMap(({ path, version }) => [
      `-exclude=${path}@${version}`,
      `-require=${path}@${shared.get(path) ?? ""}`,
    ]);
    await go(context, ["mod", "edit", ...edits], { cwd: context.out });
  }
  throw new Error("the modules agree on no common versions");
}

/** A step that builds one program of ours that needs the standard library only. */
export function goProgramStep(name: string, title: string): Step {
  const folder = programFolder(name);
  return {
    name,
    title,
    needs: [goStepName],
    inputs: [folderText(folder), linkerFlags, compilerFlags],
    weight: "build",
    run: async (context) => {
      const output = join(context.out, name);
      await go(context, ["build", "-trimpath", compilerFlags, "-ldflags", linkerFlags, "-o", output, "."], {
        cwd: folder,
      });
    },
  };
}
