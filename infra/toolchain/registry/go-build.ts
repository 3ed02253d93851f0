import { chmod, copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Step, StepContext } from "../step";
import { goModText, type GoModFile, type GoModOptions } from "./go-module";
import { folderText, programFolder } from "./sources";
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
export interface GoModuleBuild extends GoModOptions {
  readonly name: string;
  readonly title: string;
  readonly module: GoModule;
  /** Import paths of main packages; each becomes a program named after its path's last element that is no major version. */
  readonly packages: readonly string[];
  /** Name of the one program, where its import path ends in another. */
  readonly output?: string;
  /** Values set at link time, e.g. `k8s.io/component-base/version.gitVersion` -> `v1.34.4`. */
  readonly values?: Readonly<Record<string, string>>;
  /** A main package of ours, beside this file in `programs/`, that is built against the module instead of `packages`. */
  readonly program?: string;
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
  const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=mod -buildvcs=false", GOWORK: "off", GOROOT: "", ...options.env };
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
  const modules = `${build.name}-modules`;
  const packages = build.program === undefined ? build.packages : ["."];
  const fetchStep: Step = {
    name: modules,
    title: `modules of ${build.title.replace(/ from Go modules$/, "")}`,
    needs: [goStepName],
    inputs: [JSON.stringify(build), programText],
    weight: "fetch",
    run: async (context) => {
      await writeModule(context, build);
      await go(context, ["list", "-deps", "-f", "{{.Module}}", ...packages], { cwd: context.out });
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

/** Writes the files that the build runs in: go.mod, go.sum and, if it is ours, the program. */
async function writeModule(context: StepContext, build: GoModuleBuild): Promise<void> {
  const upstream = await moduleFolder(context, build.module);
  const described = await go(context, ["mod", "edit", "-json", join(upstream, "go.mod")]);
  await writeFile(join(context.out, "go.mod"), goModText(build.module, JSON.parse(described) as GoModFile, build));
  if (existsSync(join(upstream, "go.sum"))) {
    await copyFile(join(upstream, "go.sum"), join(context.out, "go.sum"));
    await chmod(join(context.out, "go.sum"), 0o644);
  }
  if (build.program !== undefined) {
    const program = join(programFolder(build.program), "main.go");
    await writeFile(join(context.out, "main.go"), await readFile(program, "utf8"));
  }
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
