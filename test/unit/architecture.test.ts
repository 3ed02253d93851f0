import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

/** Which part of the project each file belongs to; the first pattern that fits decides. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^lab\/cli\//, "lab/cli"],
  [/^lab\/index\.ts$/, "lab/index"],
  [/^lab\/registry\.ts$/, "lab/registry"],
  // What a lab lets the user set is read before anything of the lab is loaded.
  [/^lab\/(?:[^/]+\/)?config\//, "lab/config"],
  [/^lab\/(program|shared)\//, "lab/$1"],
  [/^lab\/[^/]+\//, "lab/<x>"],
  [/^infra\/(mesh|addon|cluster|host|network|exec|core|toolchain|runtime)\//, "infra/$1"],
];

/** What each part may import, beside itself; everything else is an arrow against the direction. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "lab/cli": ["lab/index", "lab/registry", "lab/program", "lab/config", "infra/toolchain", "infra/core"],
  "lab/index": ["lab/registry", "lab/program", "lab/config", "infra/core"],
  "lab/registry": ["lab/<x>", "lab/program", "lab/config", "infra/core"],
  "lab/<x>": [
    "lab/shared",
    "lab/program",
    "lab/config",
    "infra/mesh",
    "infra/addon",
    "infra/cluster",
    "infra/host",
    "infra/network",
    "infra/exec",
    "infra/core",
  ],
  "lab/shared": ["lab/program", "lab/config", "infra/core"],
  "lab/program": ["lab/config", "infra/core"],
  "lab/config": ["infra/core"],
  "infra/mesh": ["infra/cluster", "infra/host", "infra/network", "infra/exec", "infra/core"],
  "infra/addon": ["infra/cluster", "infra/host", "infra/network", "infra/exec", "infra/core"],
  "infra/cluster": ["infra/host", "infra/network", "infra/exec", "infra/core"],
  "infra/host": ["infra/network", "infra/exec", "infra/core"],
  "infra/network": ["infra/exec", "infra/core"],
  "infra/exec": ["infra/core"],
  "infra/core": [],
  "infra/toolchain": ["infra/core"],
  "infra/runtime": [],
};

/** The implementations that mesh and addons must not know: they take the interface. */
const IMPLEMENTATION = /^infra\/(cluster|host)\/[^/]+-(cluster|host)\.ts$/;

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));
const sources = tracked.filter((file) => /^(infra|lab)\/.*\.ts$/.test(file));
const read = (file: string) => readFileSync(file, "utf8");

/** Every module that a file names: `import … from`, `export … from`, `import()`, `require()`. */
function importsOf(file: string): readonly string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\brequire\s*\(\s*|^import\s+)"([^"]+)"/gm;
  return [...read(file).matchAll(pattern)].map((match) => match[1]!);
}

function partOf(file: string): string | undefined {
  for (const [pattern, part] of PARTS) {
    const match = pattern.exec(file);
    if (match) {
      return part.replace("$1", match[1] ?? "");
    }
  }
  return undefined;
}

function targetOf(file: string, specifier: string): string {
  const path = normalize(join(dirname(file), specifier));
  return (
    [path, `${path}.ts`, `${path}/index.ts`].find((candidate) => candidate.endsWith(".ts") && existsSync(candidate)) ??
    path
  );
}

/** The imports of own files, as `file -> file`. */
function arrows(): readonly (readonly [string, string])[] {
  return sources.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => [file, targetOf(file, specifier)] as const),
  );
}

describe("imports", () => {
  it("are found: the rules below would hold for a project without any", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(arrows()).toContainEqual(["lab/cli/pulumi/interrupted.ts", "lab/cli/pulumi/backend.ts"]);
    expect(arrows()).toContainEqual(["lab/cli/program.ts", "lab/cli/verbs/up.ts"]);
  });

  it("point one way only", () => {
    const wrong = arrows().filter(([from, to]) => {
      const [own, other] = [partOf(from) ?? from, partOf(to) ?? to];
      return own !== other && ALLOWED[own]?.includes(other) !== true;
    });
    expect(wrong).toEqual([]);
  });

  it("never lead from one lab to another", () => {
    const isLabs = (file: string) => partOf(file) === "lab/<x>" || /^lab\/[^/]+\/config\//.test(file);
    const labOf = (file: string) => (isLabs(file) ? file.split("/")[1] : undefined);
    const wrong = arrows().filter(([from, to]) => labOf(from) && labOf(to) && labOf(from) !== labOf(to));
    expect(wrong).toEqual([]);
  });

  it("of infra and everything else there know no lab by its name", () => {
    const lab = /["'`](?:multicluster|traffic-flow)["'`]/;
    expect(sources.filter((file) => lab.test(read(file))).filter((file) => file.startsWith("infra/"))).toEqual([]);
    expect(sources.filter((file) => lab.test(read(file)))).toContain("lab/registry.ts");
  });

  it("of mesh and addons name interfaces, never one kind of cluster or host", () => {
    const wrong = arrows().filter(([from, to]) => /^infra\/(mesh|addon)\//.test(from) && IMPLEMENTATION.test(to));
    expect(wrong).toEqual([]);
  });

  it.each([
    ["@pulumi/command", /^infra\/exec\//],
    ["@pulumi/pulumi/automation", /^$/],
  ])("of %s stand where they belong", (module, allowed) => {
    const users = sources.filter((file) =>
      importsOf(file).some((name) => name === module || name.startsWith(`${module}/`)),
    );
    expect(users.filter((file) => !allowed.test(file))).toEqual([]);
  });
});

/** Who starts programs without infra/core/child.ts, which gives each of them a clean environment, and why. */
const STARTERS: Readonly<Record<string, string>> = {
  "infra/core/child.ts": "is the way to start a program",
  "lab/cli/bootstrap.mjs": "runs before anything is installed that TypeScript needs",
  "infra/toolchain/plugins/command/local-command.ts":
    "hands on the environment of Pulumi's engine, like the official plugin",
  "infra/toolchain/plugins/command/process-reaper.ts": "starts nothing but a shell that ends processes",
  "infra/toolchain/plugins/language-nodejs/program.ts": "hands on the environment of Pulumi's engine to the program",
};

describe("programs", () => {
  const code = tracked.filter((file) => /^(infra|lab)\/.*\.[cm]?[jt]s$/.test(file));
  /** Types are gone at run time. */
  const starts = (file: string) =>
    /^(?!import type ).*["'](?:node:)?child_process["']/m.test(read(file)) || /\bprocess\.binding\b/.test(read(file));

  it("are started in one place, but for exceptions that have a reason", () => {
    expect(code.filter(starts).sort()).toEqual(Object.keys(STARTERS).sort());
  });

  it("of ours never get the whole environment of this process", () => {
    const spread = code.filter((file) => /\.\.\.(?:globalThis\.)?process\.env\b/.test(read(file)));
    expect(spread).toEqual([
      "infra/toolchain/plugins/command/local-command.ts",
      "infra/toolchain/plugins/language-nodejs/program.ts",
      // What the user runs through `exec` and `ssh`.
      "lab/cli/pulumi/session-environment.ts",
    ]);
  });
});

/** Who asks what this machine is or has without infra/core/workstation, and why. */
const ASKERS: Readonly<Record<string, string>> = {
  "infra/toolchain/official/platform.ts": "gives the machine the name that releases have",
  "infra/toolchain/plugins/command/remote-command.ts": "takes the numbers of signals from node:os",
  "lab/cli/bootstrap.mjs": "runs before anything is installed that TypeScript needs",
  "lab/cli/options/npm-call.ts": "tells npm's log from the files that npm has open",
  "lab/cli/ui/remote-shell.ts": "takes the numbers of signals from node:os",
};

describe("the machine", () => {
  const asks = /"node:os"|\bprocess\.platform\b|\bgetuid\?\.\(\) [!=]==|["`]\/proc\b|\bstatfs/;

  it("is known in one folder, but for exceptions that have a reason", () => {
    const code = tracked.filter((file) => /^(infra|lab)\/.*\.[cm]?[jt]s$/.test(file));
    const askers = code.filter((file) => asks.test(read(file)) && !file.startsWith("infra/core/workstation/"));
    expect(askers.sort()).toEqual(Object.keys(ASKERS).sort());
  });
});

describe("source files", () => {
  it("read the Pulumi configuration in lab/config/lab-config.ts only", () => {
    // The language host of the toolchain hands the configuration on; it does not read it.
    const program = sources.filter((file) => !file.startsWith("infra/toolchain/"));
    const readers = program.filter((file) => /\bnew (pulumi\.)?Config\(|"PULUMI_CONFIG"/.test(read(file)));
    expect(readers).toEqual(["lab/config/lab-config.ts"]);
  });

  // Students change the default namespace of the lab's kubeconfig: `kubectl config set-context --current --namespace …`.
  it("of labs name the namespace in each kubectl command", () => {
    const command =
      /kubectl(?: --[a-z]+ \S+)* (?:get|logs|exec|describe|delete|scale|rollout|create|label)\b[^`'|;)]*/g;
    const commands = tracked
      .filter((file) => /^lab\/(?!cli\/).*\.(ts|sh)$/.test(file))
      .flatMap((file) => read(file).match(command) ?? []);
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((each) => !/namespace| -n | -A\b|\$\{where\}/.test(each))).toEqual([]);
  });

  it("have names in kebab case", () => {
    const wrong = sources.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(file.split("/").at(-1)!));
    expect(wrong).toEqual([]);
  });

  it("have no default export and are no barrel", () => {
    expect(sources.filter((file) => /^export default\b/m.test(read(file)))).toEqual([]);
    expect(sources.filter((file) => /^export \* from\b/m.test(read(file)))).toEqual([]);
  });

  it.each([
    [/^lab\/index\.ts$/, 40],
    [/^lab\/cli\//, 150],
    [/^infra\/(mesh|addon|cluster|host|network|exec)\//, 200],
    [/./, 350],
  ])("that match %s are short enough to read at once: %i lines", (pattern, most) => {
    const long = sources
      .filter((file) => pattern.test(file))
      .map((file) => [file, read(file).split("\n").length - 1] as const)
      .filter(([, lines]) => lines > most);
    expect(long).toEqual([]);
  });
});

describe("tracked files", () => {
  // Spelt in two halves, so that this file does not find itself.
  const hosts = [
    "registry.npmjs" + ".org",
    "proxy.golang" + ".org",
    "sum.golang" + ".org",
    "pypi" + ".org",
    "files.pythonhosted" + ".org",
    "deb.debian" + ".org",
  ];
  const texts = tracked.filter((file) => file !== "package-lock.json" && !/\.(png|svg|gif|tgz)$/.test(file));

  it.each(hosts)("never name the host of a package registry: %s", (host) => {
    expect(texts.filter((file) => read(file).includes(host))).toEqual([]);
  });

  it("never name a path of one machine", () => {
    const path = new RegExp(["/" + "work/(main|shared)", "/" + "root/\\.", "/" + "tmp/proto"].join("|"));
    expect(texts.filter((file) => path.test(read(file)))).toEqual([]);
  });
});
