import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyText, parseKey, type ToolchainKey } from "../../infra/core/toolchain-key";
import { readToolchainRecord, toolchainRecordFile } from "../../infra/core/toolchain-record";
import type { ToolsOptions } from "../../lab/cli/stack/tools";
import { ensureOwner } from "../../infra/core/state-folders";
import { VersionSetError } from "../../infra/core/versions";
import { LABS } from "../../lab/registry";
import { main } from "../../lab/cli/main";
import { openSession } from "../../lab/cli/pulumi/session";
import { removeStackFiles } from "../../lab/cli/stack/stack-files";
import { ensureStackProject, stackProjectFolder, writeStackConfig } from "../../lab/cli/stack/stack-project";
import { ensureStackTools, withAnyTools } from "../../lab/cli/stack/stack-tools";
import { noteToolchain } from "../../lab/cli/stack/stack-toolchain";
import { ACCESS, checkpoint, CommandLine, pulumiWith } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";
import { fakeToolchains } from "../support/fake-toolchains";
import { LAB_NEEDS } from "../support/lab-needs";
import { testFolder } from "../support/test-folder";

const tools = vi.hoisted(() => ({
  asked: [] as unknown[],
  answer: (): unknown => ({}),
  link: (_key: unknown): unknown => undefined,
}));
vi.mock("../../infra/toolchain/setup", () => ({
  linkToolchain: (key: unknown) => Promise.resolve().then(() => tools.link(key)),
}));
vi.mock("../../lab/cli/stack/tools", () => ({
  forUser: (error: unknown) => error,
  ensureTools: (options: unknown) => {
    tools.asked.push(options);
    return Promise.resolve().then(tools.answer);
  },
}));
vi.mock("../../infra/core/workstation/inotify", async (importOriginal) => ({
  ...(await importOriginal<object>()),
  raiseInotifyLimits: () => Promise.resolve(),
}));

const key = (text: string): ToolchainKey => {
  const parsed = parseKey(text, LABS);
  if (parsed === undefined) throw new Error(`${text}: no key`);
  return parsed;
};

/** Two stacks of different versions, and one that records nothing. */
class TwoVersions extends CommandLine {
  public constructor() {
    super({ pulumi: pulumiWith(ACCESS) });
    const cache = join(this.folder, "cache");
    for (const [stack, text] of [
      ["old", "official-book-multicluster"],
      ["new", "official-current-multicluster"],
    ] as const) {
      this.addStack(stack);
      const bin = join(this.folder, `bin-${stack}`);
      mkdirSync(bin);
      writeFileSync(
        join(bin, "pulumi"),
        `#!/bin/bash\necho ${stack} >>'${this.folder}/pulumis'\n${pulumiWith(ACCESS)}\n`,
        {
          mode: 0o755,
        },
      );
      writeFileSync(join(bin, "istioctl"), `#!/bin/bash\necho "istioctl of ${stack}, \${ISTIO_LAB_TOOLCHAIN##*/}"\n`, {
        mode: 0o755,
      });
      fakeToolchains(cache, bin, [key(text)]);
      this.record(stack, text);
    }
    this.addStack("plain", checkpoint(ACCESS, [{ urn: "urn:lab", type: "istio-lab:lab:MultiClusterLab" }]));
  }

  public record(stack: string, text: string): void {
    const file = toolchainRecordFile(stack, { ISTIO_LAB_STATE: this.state });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(join(dirname(file), "Pulumi.yaml"), "name: istio-lab\nruntime: nodejs\n");
    writeFileSync(file, JSON.stringify(key(text)));
  }

  public toolchain(text: string): string {
    return join(this.folder, "cache", "toolchains", text);
  }
}

describe("stacks of different versions, side by side", () => {
  it.each([
    ["old", "official-book-multicluster"],
    ["new", "official-current-multicluster"],
    ["plain", "official-book-multicluster"],
  ])("%s has the exports of %s", async (stack, text) => {
    const cli = new TwoVersions();
    const { exitCode, stdout } = await cli.run(["env", "--stack", stack], {
      PATH: `${cli.toolchain("official-current-multicluster")}/bin:${process.env["PATH"] ?? ""}`,
    });
    const lines = stdout.matchAll(/^export (\w+)='?(.*?)'?$/gm);
    const exported = Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value] as const));
    const folder = cli.toolchain(text);
    expect([exitCode, exported["ISTIO_LAB_TOOLCHAIN"], exported["PULUMI_HOME"]]).toEqual([
      0,
      folder,
      join(folder, "pulumi-home"),
    ]);
    expect(exported["PATH"]?.split(":").filter((each) => each.includes("/toolchains/"))).toEqual([`${folder}/bin`]);
    expect(exported["PATH"]?.startsWith(`${folder}/bin:`)).toBe(true);
  });

  it.each([
    ["old", "old"],
    ["new", "new"],
    // Its configuration says nothing: its state tells the lab.
    ["plain", "old"],
  ])("%s has its own istioctl in exec, and its own pulumi, whatever shell it is called from", async (stack, wanted) => {
    const cli = new TwoVersions();
    const shell = { ISTIO_LAB_TOOLCHAIN: cli.toolchain("official-current-multicluster"), PULUMI_HOME: "/elsewhere" };
    const { stdout } = await cli.run(["exec", "--stack", stack, "k3s-s", "istioctl", "version"], shell);
    const text = wanted === "old" ? "official-book-multicluster" : "official-current-multicluster";
    expect(stdout).toBe(`istioctl of ${wanted}, ${text}\n`);
    expect(readFileSync(join(cli.folder, "pulumis"), "utf8")).toBe(`${wanted}\n`);
  });
});

describe("up, setup and doctor with versions", () => {
  const official = { ISTIO_LAB_SOURCE: "official" };

  it.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    [
      "that nobody has, with all else that is wrong",
      ["up", "vm", "-c", "versions=nonsense", "-c", "portBase=1", "-c", "vms=[{}]"],
      official,
      'istio-lab:versions: "nonsense" is unknown; write one of auto, book, current, registry\n' +
        'istio-lab:portBase: "1" is out of range; use a port from 1024 to 65535\n' +
        "istio-lab:vms[0].name: nothing is not of type string\n",
    ],
    [
      "that its source cannot give, with all else that is wrong",
      ["up", "multicluster", "-c", "versions=current", "-c", "portBase=1"],
      { ISTIO_LAB_SOURCE: "registry" },
      'istio-lab:versions: the set "current" is served by official releases, but this machine uses package registries; use "auto" or "registry", or set ISTIO_LAB_SOURCE=official if it can be reached\n' +
        'istio-lab:portBase: "1" is out of range; use a port from 1024 to 65535\n',
    ],
    [
      "that nobody has",
      ["setup", "--lab", "multicluster", "--versions", "nonsense"],
      official,
      'istio-lab:versions: "nonsense" is unknown; write one of auto, book, current, registry\n',
    ],
    [
      "that its source cannot give",
      ["doctor", "--versions", "registry"],
      official,
      'istio-lab:versions: the set "registry" is served by package registries, but this machine uses official releases; use "auto" or "book" or "current", or set ISTIO_LAB_SOURCE=registry if it can be reached\n',
    ],
    [
      "of no lab",
      ["setup", "--lab", "web"],
      official,
      '--lab: "web" is unknown; write one of vm, multicluster, traffic-flow\n',
    ],
    [
      "of a file that is damaged",
      ["up", "vm", "-c", "versions=company"],
      { ...official, ISTIO_LAB_VERSION_SETS: "sets.json" },
      'ISTIO_LAB_VERSION_SETS: "sets.json" given; write the absolute path of a JSON file\n',
    ],
  ])("%s: %j is refused before anything is made", async (_, words, variables, message) => {
    const cli = new CommandLine({ docker: "exit 1" });
    const { exitCode, stdout, stderr } = await cli.run(words, variables);
    expect([exitCode, stdout, stderr]).toEqual([1, "", message]);
    expect([existsSync(cli.state), cli.calls().filter((call) => call.startsWith("pulumi"))]).toEqual([false, []]);
  });

  it.each([
    [["doctor", "--json", "--lab", "multicluster", "--versions", "current"], "current", "multicluster"],
    [["doctor", "--json"], "book", "vm"],
  ])("%j looks at the toolchain of that lab", async (words, versionSet, lab) => {
    const cli = new CommandLine({ docker: "exit 1" });
    const { stdout } = await cli.run(words, official);
    const report = JSON.parse(stdout) as {
      versionSet: string;
      lab: string;
      rows: { name: string; wanted: string; fix?: string }[];
    };
    expect([report.versionSet, report.lab]).toEqual([versionSet, lab]);
    const fix = `npm run lab -- setup --lab ${lab}${versionSet === "book" ? "" : ` --versions ${versionSet}`}`;
    expect(report.rows.find(({ name }) => name === "istioctl")).toMatchObject({
      wanted: versionSet === "book" ? "1.17.8" : "1.30.4",
      fix,
    });
  });
});

describe("the record of a stack", () => {
  let folder: string;
  const seen = () => readFileSync(join(folder, "seen"), "utf8").trim().split("\n");
  const cacheOf = (text: string) => join(folder, "cache", "toolchains", text);
  const STEP = { metadata: { op: "create", urn: "urn:a", type: "x:y:Z", new: { custom: true } } };

  beforeEach(() => {
    folder = testFolder();
    vi.stubEnv("ISTIO_LAB_STATE", join(folder, "state"));
    vi.stubEnv("ISTIO_LAB_CACHE", join(folder, "cache"));
    vi.stubEnv("ISTIO_LAB_SOURCE", "official");
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const outputs = {
      resOutputsEvent: {
        metadata: { op: "create", type: "pulumi:pulumi:Stack", new: { outputs: { access: ACCESS } } },
      },
    };
    const events = [{ resourcePreEvent: STEP }, outputs].map((event) => JSON.stringify(event));
    const { folder: fake } = new FakeBin({
      docker: "true",
      pulumi: `case "$1" in
up) echo "$ISTIO_LAB_TOOLCHAIN $PULUMI_HOME \${PATH%%:*}" >>'${join(folder, "seen")}'
    [ -e '${join(folder, "refused")}' ] && exit 1
    printf '%s\\n' '${events.join("' '")}' ;;
stack) [ "$2" != init ] || [ ! -e '${join(folder, "refused")}' ] || { echo 'already exists' >&2; exit 1; } ;;
esac`,
    });
    fakeToolchains(join(folder, "cache"), join(fake, "bin"), [
      key("official-book-vm"),
      key("official-current-vm"),
      key("registry-registry-vm"),
    ]);
    tools.asked = [];
    tools.answer = () => ({});
    process.exitCode = undefined;
  });
  afterEach(() => {
    process.exitCode = undefined;
  });

  const recorded = (stack = "one") => {
    const record = readToolchainRecord(stack);
    return record === undefined ? undefined : keyText(record);
  };
  const up = (...words: string[]) => main(["up", "vm", "--stack", "one", "--json", ...words]);
  const used = (text: string) =>
    [cacheOf(text), join(cacheOf(text), "pulumi-home"), join(cacheOf(text), "bin")].join(" ");

  it("is written by the first up, kept when the source changes, and changed when the settings name another set", async () => {
    await up();
    expect([process.exitCode, recorded()]).toEqual([undefined, "official-book-vm"]);
    vi.stubEnv("ISTIO_LAB_SOURCE", "registry");
    await up();
    expect(recorded()).toBe("official-book-vm");
    vi.stubEnv("ISTIO_LAB_SOURCE", "official");
    await up("-c", "versions=current");
    expect(recorded()).toBe("official-current-vm");
    await up("-c", "versions=");
    expect(recorded()).toBe("official-current-vm");
    await up("-c", "versions=registry");
    expect(seen()).toEqual([
      used("official-book-vm"),
      used("official-book-vm"),
      used("official-current-vm"),
      used("official-current-vm"),
      used("official-book-vm"),
    ]);
    const kept = (versions: string): ToolsOptions => ({ source: "official", versions, lab: "vm" });
    expect(tools.asked).toEqual([
      { lab: "vm", versions: undefined },
      kept("book"),
      { lab: "vm", versions: "current" },
      kept("current"),
      { lab: "vm", versions: "registry" },
    ] satisfies ToolsOptions[]);
  });

  it("stays as it is if the program refuses an up before anything is made", async () => {
    await up();
    writeFileSync(join(folder, "refused"), "");
    await up("-c", "versions=current");
    expect([process.exitCode, seen().at(-1), recorded()]).toEqual([1, used("official-current-vm"), "official-book-vm"]);
  });

  it("decides for every verb but up, whatever the settings say by now", () => {
    ensureStackProject("one");
    writeFileSync(toolchainRecordFile("one"), JSON.stringify(key("official-current-vm")));
    writeStackConfig("one", { "istio-lab:versions": "book" });
    const of = (use: "work" | "update") =>
      keyText(openSession("one", { "istio-lab:versions": "book" }, use).toolchain.key);
    expect([of("work"), of("update")]).toEqual(["official-current-vm", "official-book-vm"]);
  });

  it("and settings that name no lab that is known here leave the default lab", () => {
    ensureStackProject("one");
    writeFileSync(toolchainRecordFile("one"), JSON.stringify({ ...key("official-current-vm"), lab: "web" }));
    const session = openSession("one", { "istio-lab:lab": "../x" });
    expect(keyText(session.toolchain.key)).toBe("official-book-vm");
  });

  it("goes with the stack", () => {
    ensureStackProject("one");
    noteToolchain(openSession("one"));
    expect(recorded()).toBe("official-book-vm");
    expect(removeStackFiles(openSession("one"), new Set())).toEqual([]);
    expect(existsSync(stackProjectFolder("one"))).toBe(false);
  });

  it("leads to a toolchain that is linked again before pulumi is asked, if its folder is gone", async () => {
    ensureOwner("one");
    ensureStackProject("one");
    mkdirSync(join(folder, "state", ".pulumi", "stacks", "istio-lab"), { recursive: true });
    writeFileSync(join(folder, "state", ".passphrase"), "a passphrase\n");
    writeFileSync(join(folder, "state", ".pulumi", "stacks", "istio-lab", "one.json"), checkpoint(ACCESS));
    writeFileSync(toolchainRecordFile("one"), JSON.stringify(key("official-current-vm")));
    rmSync(cacheOf("official-current-vm"), { recursive: true });
    const { folder: fake } = new FakeBin({ pulumi: pulumiWith(ACCESS) });
    const linked: unknown[] = [];
    tools.link = (asked) => {
      linked.push(asked);
      fakeToolchains(join(folder, "cache"), join(fake, "bin"), [key("official-current-vm")]);
    };
    await main(["inspect", "--stack", "one", "--json"]);
    await main(["inspect", "--stack", "one", "--json"]);
    expect([process.exitCode, linked, tools.asked]).toEqual([
      undefined,
      [{ source: "official", versions: "current", lab: LAB_NEEDS.vm, labs: LABS }],
      [],
    ]);
  });

  it("of an unknown version set is of use as long as the toolchain is there", async () => {
    ensureOwner("one");
    ensureStackProject("one");
    const company = key("official-company-vm");
    writeFileSync(toolchainRecordFile("one"), JSON.stringify(company));
    tools.answer = () => {
      throw new VersionSetError('"company" is unknown');
    };
    await expect(ensureStackTools(openSession("one"))).rejects.toThrow(
      'stack one: was built with official-company-vm, and the version set "company" is not known here; name its file in ISTIO_LAB_VERSION_SETS',
    );
    fakeToolchains(join(folder, "cache"), "/bin", [company]);
    expect(await ensureStackTools(openSession("one"))).toMatchObject(company);
  });

  it.each([
    ["aws", "aws"],
    ["local", "local"],
    ["", undefined],
  ])("has the plugins of the platform of its settings: %j", async (setting, platform) => {
    ensureStackProject("one");
    tools.answer = () => ({});
    await ensureStackTools(openSession("one", { "istio-lab:platform": setting }));
    expect(tools.asked).toEqual([expect.objectContaining({ platform })]);
  });

  it("that is missing makes settings count as auto that name what is not available: destroy has to go on", async () => {
    ensureStackProject("one");
    const session = openSession("one", { "istio-lab:versions": "nonsense" });
    tools.answer = () => {
      if ((tools.asked.at(-1) as ToolsOptions).versions === "nonsense") throw new VersionSetError("unknown");
      return { source: "official" };
    };
    expect(await ensureStackTools(session)).toEqual({ source: "official" });
    expect(keyText(session.toolchain.key)).toBe("official-book-vm");
  });

  it("is waited for by a session until a set-up has found out what serves this machine", () => {
    rmSync(join(folder, "cache"), { recursive: true });
    vi.stubEnv("ISTIO_LAB_SOURCE", "");
    const session = openSession("one");
    const before = [keyText(session.toolchain.key), session.env["ISTIO_LAB_TOOLCHAIN"]];
    writeFileSync(join(folder, "cache", "source.json"), JSON.stringify({ source: "registry", reason: "" }));
    expect([before, keyText(session.toolchain.key), session.env["ISTIO_LAB_TOOLCHAIN"]]).toEqual([
      ["official-book-vm", cacheOf("official-book-vm")],
      "registry-registry-vm",
      cacheOf("registry-registry-vm"),
    ]);
  });

  it("is of no matter to a pulumi that works on no stack: it takes any toolchain", () => {
    rmSync(cacheOf("official-book-vm"), { recursive: true });
    expect(withAnyTools(openSession("one"))["PATH"]?.split(":")[0]).toBe(join(cacheOf("official-current-vm"), "bin"));
  });
});
