import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type * as backend from "../../lab/cli/pulumi/backend";
import { bench } from "../bench/bench";
import { testFolder } from "../support/test-folder";

const project = vi.hoisted(() => ({ folder: "" }));
vi.mock("../../lab/cli/pulumi/backend", async (original) => ({
  ...(await original<typeof backend>()),
  get PROJECT_FOLDER() {
    return project.folder;
  },
}));
vi.mock("../../lab/cli/stack/tools", () => ({ ensureTools: () => Promise.resolve({ binFolder: "/nowhere/bin" }) }));
vi.mock("../bench/labs", () => {
  const byHand = () => ({
    script: "by-hand.sh",
    environment: { STEP: "cluster" },
    definitions: { "a.yaml": { a: 1 } },
  });
  return { byHand: { vm: byHand, multicluster: byHand } };
});

const file = (...path: string[]) => join(project.folder, ...path);
const STEP = {
  urn: "urn:pulumi:bench::istio-lab::command:local:Command::west-create",
  op: "create",
  start: 0,
  end: 9000,
};
const TIMES = { wall: 9000, sum: 9000, longest: [STEP], criticalPath: [STEP] };

/** A checkout whose command line writes down how it is called, and whose `up` says where its time went. */
beforeEach(() => {
  project.folder = testFolder();
  mkdirSync(file("lab", "cli"), { recursive: true });
  writeFileSync(
    file("lab", "cli", "bootstrap.mjs"),
    `import { appendFileSync } from "node:fs";
const words = process.argv.slice(2);
appendFileSync(${JSON.stringify(file("calls"))}, words.join(" ") + "\\n");
if (words[0] === "up") console.log(${JSON.stringify(JSON.stringify({ seconds: 1, times: TIMES }, undefined, 2))});
`,
  );
  const script =
    '#!/usr/bin/env bash\nset -e\ngrep -q \'{"a":1}\' "$FOLDER/a.yaml"\necho "$STEP 20"\necho "istio 10.5"\n';
  writeFileSync(file("by-hand.sh"), script, { mode: 0o755 });
});

/** Runs the verb and returns what it prints. */
async function run(lab: string, options: { rounds?: string; json?: boolean }): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await bench(lab, options);
  return write.mock.calls.map(([text]) => String(text)).join("");
}
const calls = () => readFileSync(file("calls"), "utf8").trim().split("\n");

describe("bench", () => {
  it("builds the lab that is named in a stack of its own, and removes it, once a round", async () => {
    await run("multicluster", { rounds: "2" });
    const round = ["up multicluster --stack bench -c portBase=31600 --json", "destroy --yes --stack bench"];
    expect(calls()).toEqual([...round, ...round]);
  });

  it("ends with where the time of the last `up` went", async () => {
    const lines = (await run("vm", {})).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "round 1",
      "  cluster          20.0 s",
      "  istio            10.5 s",
      "  by hand, in all  30.5 s",
    ]);
    expect(lines.slice(-6)).toEqual([
      "",
      "up of round 1: where the time went",
      "  west-create  9.0 s",
      "  in all 9.0 s for steps of 9.0 s",
      "  decided by: west-create 9.0 s",
      "",
    ]);
  });

  it("has the same for programs", async () => {
    const printed = JSON.parse(await run("vm", { json: true })) as { rounds: readonly object[]; times: unknown };
    expect(printed.times).toEqual(TIMES);
    expect(printed.rounds).toEqual([
      expect.objectContaining({
        byHandSeconds: 30.5,
        byHand: [
          { step: "cluster", seconds: 20 },
          { step: "istio", seconds: 10.5 },
        ],
      }),
    ]);
  });

  it.each([
    ["the steps by hand", "by-hand.sh", ["started", "cleaned"]],
    ["up", "up", ["up vm --stack bench -c portBase=31600 --json", "destroy --yes --stack bench"]],
  ])("that is stopped during %s removes what it has built, and says so", async (_, part, said) => {
    if (part === "by-hand.sh") {
      // A child that is not yet the program that it becomes still has the script's trap.
      const script = `#!/usr/bin/env bash
trap 'echo cleaned >>calls' EXIT
cd "${project.folder}"
sleep 300 &
until read -r name </proc/$!/comm && [ "$name" = sleep ]; do :; done
echo started >>calls
wait
`;
      writeFileSync(file("by-hand.sh"), script);
    } else {
      appendFileSync(file("lab", "cli", "bootstrap.mjs"), 'if (words[0] === "up") setInterval(() => 0, 1000);\n');
    }
    const ended = run("vm", {}).catch((error: unknown) => error);
    const hasBegun = () => existsSync(file("calls")) && readFileSync(file("calls"), "utf8").endsWith("\n");
    await expect.poll(hasBegun, { timeout: 60_000, interval: 20 }).toBe(true);
    process.emit("SIGTERM", "SIGTERM");
    expect(await ended).toMatchObject({
      exitCode: 130,
      message: "bench: interrupted; what it had built is removed",
    });
    expect(calls()).toEqual(said);
  });

  it.each([
    ["a lab without a measure", "nope", {}, 'bench: "nope" given; there is a measure for vm, multicluster'],
    ["no number of rounds", "vm", { rounds: "0" }, '--rounds: "0" given; write a number from 1 to 99'],
  ])("refuses %s", async (_what, lab, options, message) => {
    await expect(bench(lab, options)).rejects.toThrow(message);
  });
});
