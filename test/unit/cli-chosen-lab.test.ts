import { describe, expect, it } from "vitest";
import { ACCESS, checkpoint, CommandLine } from "../support/command-line";

const COMPONENTS = { vm: "VmLab", multicluster: "MultiClusterLab", "traffic-flow": "TrafficFlowLab" } as const;

/** Stacks by name, each with the lab that it holds. */
type Stacks = Readonly<Record<string, keyof typeof COMPONENTS>>;

function standing(stacks: Stacks): CommandLine {
  const cli = new CommandLine({ docker: "exit 1" });
  for (const [stack, lab] of Object.entries(stacks)) {
    const component = { urn: "urn:lab", type: `istio-lab:lab:${COMPONENTS[lab]}` };
    cli.addStack(stack, checkpoint({ ...ACCESS, lab }, [component]));
  }
  return cli;
}

/** What an `up` ends with that has come through: a source of the toolchain that is none. */
const END = `ISTIO_LAB_SOURCE: "none of this test's" given; "official", "registry" or "auto" would be right\n`;

describe("up of a lab, without --stack", () => {
  const beside = (lab: string, stack: string, others: string) =>
    `${lab} becomes stack ${stack}, beside ${others}; another name: npm run up -- ${lab} --stack NAME\n`;
  const again = (lab: string, stack: string) =>
    `${lab} is built as stack ${stack}, which is brought up to date; a second one: npm run up -- ${lab} --stack NAME\n`;

  it.each<[Stacks, readonly string[], string]>([
    [{}, ["traffic-flow"], ""],
    [{ dev: "vm" }, ["vm"], ""],
    [{ dev: "vm" }, [], ""],
    [{ mine: "vm" }, [], ""],
    [{ mine: "traffic-flow" }, ["traffic-flow"], again("traffic-flow", "mine")],
    [{ mine: "vm" }, ["vm"], again("vm", "mine")],
    [{ mine: "vm" }, ["traffic-flow"], beside("traffic-flow", "traffic-flow", "mine")],
    [{ mine: "traffic-flow" }, ["vm"], beside("vm", "dev", "mine")],
    [{ dev: "vm" }, ["multicluster"], beside("multicluster", "multicluster", "dev")],
    [{ dev: "vm", mine: "vm" }, ["vm"], ""],
    [{ dev: "multicluster", mine: "vm" }, ["vm"], again("vm", "mine")],
    [{ mine: "vm", other: "traffic-flow" }, [], again("vm", "mine")],
    [{ mine: "multicluster", other: "traffic-flow" }, [], beside("vm", "dev", "mine, other")],
    [{ mine: "multicluster", other: "traffic-flow" }, ["-c", "lab=traffic-flow"], again("traffic-flow", "other")],
  ])("beside %j: %j says which stack it is, unless nothing else can be meant", async (stacks, words, note) => {
    const { exitCode, stderr } = await standing(stacks).run(["up", ...words]);
    expect([exitCode, stderr]).toEqual([1, `${note}${END}`]);
  });

  it("is refused if several stacks hold it, so that nobody gets another one than was meant", async () => {
    const { exitCode, stderr } = await standing({ one: "vm", two: "vm" }).run(["up", "vm"]);
    expect([exitCode, stderr]).toEqual([
      2,
      "up: vm is built as the stacks one and two; choose one: npm run up -- vm --stack one, or npm run up -- vm --stack two\n",
    ]);
  });

  it("does not stumble over another stack whose state is damaged", async () => {
    const cli = standing({ mine: "traffic-flow" });
    cli.addStack("broken", "{");
    const { exitCode, stderr } = await cli.run(["up", "traffic-flow"]);
    expect([exitCode, stderr]).toEqual([1, `${again("traffic-flow", "mine")}${END}`]);
  });

  it("is not announced if the stack is named", async () => {
    const { stderr } = await standing({ mine: "vm" }).run(["up", "vm", "--stack", "second"]);
    expect(stderr).toBe(END);
  });
});

describe("words of up that contradict each other", () => {
  it.each([
    [
      ["vm", "-c", "lab=multicluster"],
      2,
      "up: the lab vm is named, and -c lab=multicluster says another one; write one of the two",
    ],
    [
      ["vm", "-c", "istio-lab:lab=multicluster"],
      2,
      "up: the lab vm is named, and -c lab=multicluster says another one; write one of the two",
    ],
    [["vm", "-c", "lab="], 2, "up: the lab vm is named, and -c lab= says another one; write one of the two"],
    [["-c", "lab=vm", "-c", "lab=multicluster"], 2, '-c lab: given twice, "vm" and "multicluster"; give it once'],
    [
      ["-c", "portBase=31000", "-c", "istio-lab:portBase=31100"],
      2,
      '-c portBase: given twice, "31000" and "31100"; give it once',
    ],
    [["-c", "lab=nope"], 1, '-c: unknown lab "nope"; there is vm, multicluster, traffic-flow'],
    [["-c", 'lab=["vm"]'], 1, '-c: unknown lab "["vm"]"; there is vm, multicluster, traffic-flow'],
    [["nope"], 1, 'up: unknown lab "nope"; there is vm, multicluster, traffic-flow'],
  ])("are refused before anything is made: %j", async (words, code, said) => {
    const cli = standing({});
    const { exitCode, stdout, stderr } = await cli.run(["up", ...words]);
    expect([exitCode, stdout, stderr]).toEqual([code, "", `${said}\n`]);
    expect(cli.calls()).toEqual([]);
  });

  it.each([[["vm", "-c", "lab=vm"]], [["-c", "lab=vm", "-c", "lab=vm"]], [["-c", "lab="]]])(
    "are not the same word twice: %j",
    async (words) => {
      const { stderr } = await standing({}).run(["up", ...words]);
      expect(stderr).toBe(END);
    },
  );

  it.each([[["vm", "--stack", "mine"]], [["-c", "lab=vm", "--stack", "mine"]], [["-c", "lab=vm"]]])(
    "or that the stack's lab contradicts: %j",
    async (words) => {
      const { exitCode, stderr } = await standing({ mine: "traffic-flow" }).run(["up", ...words]);
      expect([exitCode, stderr]).toEqual([
        1,
        "up: stack mine holds the lab traffic-flow, and vm is to be built; bring it up to date: npm run up -- traffic-flow --stack mine, or give vm a stack of its own: npm run up -- vm --stack vm, or remove the other one first: npm run lab -- destroy --stack mine\n",
      ]);
    },
  );
});
