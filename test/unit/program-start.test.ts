import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { testFolder } from "../support/test-folder";

const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
  runtime: { options: { nodeargs: string; typescript: boolean } };
};

/** Runs a line of JavaScript as node runs the Pulumi program, in the project's folder. */
function run(line: string): string {
  return execFileSync(process.execPath, [...runtime.options.nodeargs.split(" "), "--eval", line], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** The packages of which a line of JavaScript loads something. */
function packagesOf(line: string): readonly string[] {
  const packages = `Object.keys(require.cache).map((file) => /node_modules.((?:@[^/]+.)?[^/]+)/.exec(file)?.[1])`;
  return JSON.parse(run(`${line}; console.log(JSON.stringify([...new Set(${packages})].filter(Boolean)))`)) as string[];
}

describe("the Pulumi program's start", () => {
  it("loads the program without the TypeScript compiler, ts-node and npm's arborist, and without esbuild once it is compiled", () => {
    const program = `require("./lab/index.ts"); ["vm", "multicluster", "traffic-flow"].forEach((lab) => require(\`./lab/\${lab}/lab.ts\`))`;
    run(program);
    const loaded = packagesOf(program);
    expect(loaded).toContain("@pulumi/pulumi");
    expect(loaded.filter((name) => /^(typescript|ts-node|esbuild|@npmcli\/arborist)$/.test(name))).toEqual([]);
    expect(runtime.options.typescript).toBe(false);
  });

  it("has a registry that loads no package, and traces without the SDK, since the tab key asks for them", () => {
    expect(packagesOf(`require("./lab/registry.ts")`)).toEqual([]);
    const traces = `require("./lab/registry.ts").LABS.forEach((lab) => require(\`./lab/\${lab}/traces.ts\`))`;
    expect(packagesOf(traces).filter((name) => name.startsWith("@pulumi/"))).toEqual([]);
  });

  it("loads the closure serializer if a program calls it after all", () => {
    const text = run(
      `require("@pulumi/pulumi").runtime.serializeFunction(() => 42).then(({ text }) => console.log(text))`,
    );
    expect(text).toContain("42");
  });

  it.each(["throw new Error('early')", "Promise.reject(new Error('early'))"])(
    "ends with an error that comes before Pulumi listens: %s",
    (line) => {
      const ended = spawnSync(process.execPath, [...runtime.options.nodeargs.split(" "), "--eval", line], {
        encoding: "utf8",
      });
      expect([ended.status, ended.stdout]).toEqual([1, ""]);
      expect(ended.stderr).toContain("Error: early");
    },
  );
});

describe("the Pulumi program", () => {
  it("tells every fault of the manifests before it makes anything", () => {
    const folder = testFolder();
    for (const name of ["infra", "lab", "package.json", "tsconfig.json"]) {
      cpSync(name, join(folder, name), { recursive: true });
    }
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    appendFileSync(join(folder, "lab", "shared", "manifests", "catalog.yaml"), "foo: [bar\n");
    rmSync(join(folder, "lab", "shared", "manifests", "webapp.yaml"));
    rmSync(join(folder, "lab", "vm", "manifests", "forum.yaml"));
    const line = `require("./lab/index.ts")().catch((error) => console.log(error.message))`;
    const { stdout, stderr } = spawnSync(process.execPath, [...runtime.options.nodeargs.split(" "), "--eval", line], {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...process.env,
        PULUMI_NODEJS_PROJECT: "istio-lab",
        PULUMI_NODEJS_STACK: "test",
        PULUMI_CONFIG: "{}",
        ISTIO_LAB_CACHE: join(folder, "cache"),
        ISTIO_LAB_STATE: join(folder, "state"),
      },
    });
    expect(
      stdout.split("\n").filter((text) => text !== "" && !text.startsWith("istio-lab:")),
      stderr,
    ).toEqual([
      "lab/shared/manifests/webapp.yaml: is missing; put it back, e.g. git checkout -- lab/shared/manifests/webapp.yaml",
      expect.stringMatching(
        /^lab\/shared\/manifests\/catalog\.yaml:\d+: not YAML: .*; correct it, or see what was changed: git diff/,
      ),
      "lab/vm/manifests/forum.yaml: is missing; put it back, e.g. git checkout -- lab/vm/manifests/forum.yaml",
    ]);
  });
});
