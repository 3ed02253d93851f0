import { describe, expect, it } from "vitest";
import type { DoctorRow } from "../../infra/toolchain/doctor-row";
import { accessTable } from "../../lab/cli/stack/access";
import { table } from "../../lab/cli/ui/table";
import { terminalOf, type Terminal } from "../../lab/cli/ui/terminal";
import { timesTable } from "../../lab/cli/ui/timings-table";
import { doctorLines } from "../../lab/cli/verbs/doctor";
import { describeResult } from "../../lab/cli/verify/result-lines";
import { wrap } from "../../lab/cli/ui/wrap";
import type { LabOutputs } from "../../lab/program/outputs";
import { sshLine } from "../../infra/core/ssh-line";
import { loginOf } from "../support/login";

const terminal = (columns: number): Terminal => ({ isLive: false, hasColour: false, columns });
const NO_LIMIT = Number.POSITIVE_INFINITY;
const tooWide = (text: string, columns: number, isForPasting: (line: string) => boolean = () => false) =>
  text.split("\n").filter((line) => line.length > columns && !isForPasting(line));

describe("the width of a terminal", () => {
  it.each([
    [{ isTTY: true, columns: 80 }, 80],
    [{ isTTY: true, columns: 0 }, 100],
    [{ isTTY: true }, 100],
    [{ columns: 80 }, NO_LIMIT],
    [{}, NO_LIMIT],
  ])("of %j is %d", (stream, columns) => {
    expect(terminalOf(stream, {}).columns).toBe(columns);
  });
});

describe("a table", () => {
  const rows = [
    ["ok", "kubectl", "any version that is not too old", "/home/student/.cache/istio-lab/bin/kubectl"],
    ["fail", "kind", "0.30.0", "/usr/bin/kind"],
  ];
  const kinds = ["word", "word", "text", "path"] as const;

  it("is as wide as its cells if there is room, or if nobody watches", () => {
    const whole =
      "  ok    kubectl  any version that is not too old  /home/student/.cache/istio-lab/bin/kubectl\n" +
      "  fail  kind     0.30.0                           /usr/bin/kind";
    expect(table(rows, { width: 93, kinds })).toBe(whole);
    expect(table(rows, { kinds })).toBe(whole);
  });

  it("wraps words and shortens paths in the middle if there is none", () => {
    expect(table(rows, { width: 60, kinds, header: ["", "WHAT", "WANTED", "PATH"] })).toBe(
      [
        "        WHAT     WANTED             PATH",
        "  ok    kubectl  any version that   /home/…/bin/kubectl",
        "                 is not too old",
        "  fail  kind     0.30.0             /usr/bin/kind",
      ].join("\n"),
    );
  });

  it.each([[45], [50], [60], [70], [80]])("keeps to %i columns", (width) => {
    expect(tooWide(table(rows, { width, kinds }), width)).toEqual([]);
  });

  it("puts a line for pasting below its row, whole, if it has no room beside it", () => {
    const lines = [
      [
        "webapp",
        "http://127.0.0.1:30000",
        "curl -s -H 'Host: webapp.istioinaction.io' http://127.0.0.1:30000",
        "# goods",
      ],
      ["kiali", "http://127.0.0.1:30003", "curl -s http://127.0.0.1:30003", "# the mesh as a picture"],
    ];
    const options = { kinds: ["word", "word", "line", "text"] } as const;
    expect(table(lines, { ...options, width: 60 })).toBe(
      [
        "  webapp  http://127.0.0.1:30000",
        "    curl -s -H 'Host: webapp.istioinaction.io' http://127.0.0.1:30000",
        "        # goods",
        "  kiali   http://127.0.0.1:30003",
        "    curl -s http://127.0.0.1:30003",
        "        # the mesh as a picture",
      ].join("\n"),
    );
    expect(table(lines, { ...options, width: 200 }).split("\n")).toHaveLength(2);
  });

  it("puts what a line for pasting shows below it", () => {
    const steps = [
      ["npm run lab -- verify --stack other", "every observation of the study notes"],
      ["npm run lab -- exec a b"],
    ];
    expect(table(steps, { kinds: ["line", "text"], width: 46 })).toBe(
      [
        "  npm run lab -- verify --stack other",
        "      every observation of the study notes",
        "  npm run lab -- exec a b",
      ].join("\n"),
    );
  });
});

describe("wrapping", () => {
  it.each([
    ["a bc def", 4, ["a bc", "def"]],
    ["abcdefgh ij", 3, ["abc", "def", "gh", "ij"]],
    ["one\ntwo three", 5, ["one", "two", "three"]],
    ["", 5, [""]],
    ["as it is", NO_LIMIT, ["as it is"]],
  ])("%j at %d", (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

const row = (more: Partial<DoctorRow>): DoctorRow => ({
  ...{ kind: "tool", name: "kubectl", wanted: "1.34.0", found: "1.34.0", source: "registry", level: "ok" },
  ...{ path: "/home/student/.cache/istio-lab/toolchains/registry-vm-3f2a9c/bin/kubectl" },
  ...more,
});
const report = {
  decision: { source: "registry", reason: "", at: "" },
  versionSet: "registry",
  rows: [
    row({}),
    row({
      name: "kiali",
      wanted: "for the study notes' add-ons",
      found: "not available: no package registry serves Kiali, whose images come from quay.io alone",
      level: "warn",
      fix: "ISTIO_LAB_SOURCE=official npm run lab -- setup  # if official releases can be reached, from any machine",
    }),
    row({ name: "kind-node", path: "istio-lab/kind-node:2f3c1b-with-a-very-long-tag-of-its-own-0123456789abcdef" }),
    row({ name: "capabilities", wanted: "CAP_SYS_RESOURCE, or a runc shim (istio-lab-runc)", path: "" }),
  ],
} as unknown as Parameters<typeof doctorLines>[0];
const isFix = (line: string) => line.startsWith("        fix: ");

describe("doctor", () => {
  it.each([[80], [110]])("fits %i columns, but for what is to be pasted", (columns) => {
    const lines = doctorLines(report, terminal(columns));
    expect(lines.filter((line) => line.length > columns && !isFix(line))).toEqual([]);
    expect(lines.filter(isFix)).toEqual([`        fix: ${report.rows[1]!.fix!}`]);
    expect(lines.join("\n")).toContain("/kubectl");
  });

  it("cuts nothing for a file", () => {
    const text = doctorLines(report, terminal(NO_LIMIT)).join("\n");
    for (const { path, found, wanted } of report.rows) {
      expect([text.includes(path), text.includes(found), text.includes(wanted)]).toEqual([true, true, true]);
    }
    expect(text.split("\n")).toHaveLength(report.rows.length + 3);
  });
});

describe("verify", () => {
  const result = {
    name: "forum-stopped/forum-vm-healthy-false",
    outcome: "fail",
    seconds: 12.3,
    shows: "istiod hears from the VM's agent that forum is not ready, within 40 seconds",
    source: "13.3.5 Step4",
    expected: "output that matches /^False$/",
    actual: `exit code 1\n${"an error that goes on for a while ".repeat(5).trim()}`,
    command: `KUBECONFIG='/home/student/.local/state/istio-lab/dev/kubeconfig-k3s-s' PATH='/x':$PATH bash -c 'kubectl get'`,
  } as const;

  it.each([[80], [110]])("fits %i columns, but for what is to be pasted", (columns) => {
    const text = describeResult(result, terminal(columns));
    expect(tooWide(text, columns, (line) => line.startsWith("    command   "))).toEqual([]);
    expect(text.replace(/\s+/g, " ")).toContain(result.shows);
    expect(text).toContain(`\n    command   ${result.command}\n`);
  });

  it("has one line for what passed, and cuts nothing for a file", () => {
    const { expected: _expected, ...passed } = { ...result, outcome: "pass" as const };
    const line = `pass  ${result.name.padEnd(44)}  12.3 s  ${result.shows}`;
    expect(describeResult(passed, terminal(NO_LIMIT))).toBe(line);
    expect(describeResult(result, terminal(NO_LIMIT))).toContain("an error that goes on for a while ".repeat(5).trim());
  });
});

describe("where the time went", () => {
  it("fits the terminal, the chain of steps included", () => {
    const step = (name: string) => ({
      urn: `urn:pulumi:dev::istio-lab::t::${name}`,
      op: "create",
      start: 0,
      end: 2000,
    });
    const steps = Array.from({ length: 12 }, (_, index) => step(`a-step-of-the-lab-${String(index)}`));
    const times = { wall: 2000, sum: 24000, longest: steps, criticalPath: steps };
    expect(tooWide(timesTable(times, undefined, 80), 80)).toEqual([]);
    expect(
      timesTable(times)
        .split("\n")
        .filter((line) => line.includes(" → ")),
    ).toHaveLength(1);
  });
});

describe("the table of a lab", () => {
  const outputs = {
    ...{ lab: "vm", platform: "local", versions: { istio: "1.17.8", kubernetes: "1.28.15" } },
    urls: [
      {
        name: "webapp",
        url: "http://127.0.0.1:30000/api/catalog",
        curl: "curl -s -H 'Host: webapp.istioinaction.io' http://127.0.0.1:30000/api/catalog",
        shows: "the cool store's goods: ingress gateway, webapp, catalog",
      },
    ],
    clusters: [{ name: "k3s-s", context: "kind-x", kubeconfigFile: "/home/student/my state/kubeconfig", gateways: [] }],
    hosts: [
      {
        name: "forum-vm",
        address: "192.168.10.200",
        login: { ...loginOf("host"), keyFile: "/home/student/my lab/key" },
      },
    ],
    network: {
      ...{ name: "istio-lab-dev-network", cidr: "192.168.10.0/24", loadBalancerPool: "192.168.10.240-192.168.10.250" },
      note: "192.168.10.0/24 as in the notes, since no other network of this machine has it",
    },
    unavailable: [
      {
        name: "kiali",
        reason: "no package registry serves its image, and it is not needed for the study notes' observations",
      },
    ],
    nextSteps: [
      {
        verb: "ssh",
        words: ["forum-vm"],
        shows: "then: dig +short webapp.istioinaction; curl -s webapp.istioinaction/api",
      },
    ],
  } as unknown as LabOutputs;
  const target = { stack: "dev", qualifiedStack: "dev", backend: { ownFolder: undefined, environment: {} } };
  const isForPasting = (line: string) => /^ +(curl|kubeconfig|ssh|npm) /.test(line);

  it.each([[80], [110]])("fits %i columns, but for what is to be pasted", (columns) => {
    const text = accessTable(outputs, target, terminal(columns));
    expect(tooWide(text, columns, isForPasting)).toEqual([]);
    for (const line of [
      outputs.urls[0]!.curl,
      sshLine(outputs.hosts[0]!.login),
      "kubeconfig '/home/student/my state/kubeconfig',",
    ]) {
      expect(text).toContain(line);
    }
  });
});
