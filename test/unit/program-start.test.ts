import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

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

describe("the Pulumi program's start", () => {
  it("loads the program without the TypeScript compiler, ts-node and npm's arborist, and without esbuild once it is compiled", () => {
    run(`require("./lab/registry.ts")`);
    const packages = `Object.keys(require.cache).map((file) => /node_modules.((?:@[^/]+.)?[^/]+)/.exec(file)?.[1])`;
    const loaded = JSON.parse(
      run(`require("./lab/registry.ts"); console.log(JSON.stringify([...new Set(${packages})]))`),
    ) as string[];
    expect(loaded).toContain("@pulumi/pulumi");
    expect(loaded.filter((name) => /^(typescript|ts-node|esbuild|@npmcli\/arborist)$/.test(name))).toEqual([]);
    expect(runtime.options.typescript).toBe(false);
  });

  it("loads the closure serializer where a program calls it after all", () => {
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
