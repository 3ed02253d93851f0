import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { COMMON_KEYS } from "../../lab/config/lab-config";
import { LAB_KEYS } from "../support/lab-keys";
import { LABS } from "../../lab/registry";
import { parseLabConfig } from "../support/lab-config";

interface Setting {
  readonly description: string;
  readonly default: unknown;
  readonly example?: unknown;
}
type Settings = Readonly<Record<string, Setting>>;
type Section = keyof typeof LAB_KEYS;

/** A lab on a platform that is not the default one has a section of its own. */
const SECTIONS: Readonly<Record<Section, Readonly<Record<string, string>>>> = {
  vm: { lab: "vm" },
  "vm on aws": { lab: "vm", platform: "aws" },
  multicluster: { lab: "multicluster" },
  "traffic-flow": { lab: "traffic-flow" },
};
const sections = Object.keys(SECTIONS) as Section[];

/** What a setting means nothing without. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  keyName: { privateKeyFile: "~/.ssh/my-key.pem" },
  privateKeyFile: { keyName: "my-key" },
  allowAnyIngress: { ingressCidr: "0.0.0.0/0" },
};

const text = readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8");
const declared = (parse(text) as { config: Settings }).config;
// The comment at the end is YAML behind `# `; its first paragraph says what it is.
const comment = text.slice(text.indexOf("# Settings of one lab.")).replace(/^# ?/gm, "");
const described = parse(comment.slice(comment.indexOf("\n\n"))) as Record<Section, Settings>;

const named = (keys: readonly string[]) => keys.map((key) => `istio-lab:${key}`);
const values = (settings: Settings, field: "default" | "example") =>
  Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [key.slice("istio-lab:".length), setting[field]] as const),
  );

/** What a private key looks like, as far as anybody looks. */
const PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n";
const machine = {
  home: "/home/student",
  userName: () => "student",
  readFile: () => ({ text: PRIVATE_KEY, isOpenToOthers: false }),
};
/** The configuration, or why there is none. */
function outcome(raw: Readonly<Record<string, unknown>>): unknown {
  try {
    return parseLabConfig(raw, machine);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("Pulumi.yaml", () => {
  it("declares the settings that all labs have and no other, since a default reaches every stack", () => {
    expect(Object.keys(declared)).toEqual(named(COMMON_KEYS));
    expect(COMMON_KEYS).toEqual(LAB_KEYS.vm.filter((key) => sections.every((name) => LAB_KEYS[name].includes(key))));
  });

  it("gives every setting that it declares a default in text, without which Pulumi refuses a stack", () => {
    expect(Object.values(declared).map((setting) => typeof setting.default)).toEqual(COMMON_KEYS.map(() => "string"));
  });

  it("describes the settings of each lab in its comment, and no other", () => {
    expect(Object.keys(described)).toEqual(sections);
    expect(new Set(sections.map((name) => SECTIONS[name]["lab"]))).toEqual(new Set(LABS));
  });

  describe.each(sections)("for the %s lab", (section) => {
    const own = described[section];
    const chosen = SECTIONS[section];

    it("describes exactly the settings that the lab has beside the common ones", () => {
      expect(Object.keys(own)).toEqual(named(LAB_KEYS[section].filter((key) => !COMMON_KEYS.includes(key))));
    });

    it("says what every setting is for", () => {
      const empty = Object.entries({ ...declared, ...own }).filter(([, { description }]) => !description);
      expect(empty).toEqual([]);
    });

    it("names the defaults that hold if nothing is said", () => {
      const defaults = { ...values(declared, "default"), ...values(own, "default"), ...chosen };
      expect(parseLabConfig(defaults, machine)).toEqual(parseLabConfig(chosen, machine));
    });

    it("hands over defaults that are no obstacle if everything else is the user's", () => {
      const defaults = { ...values(declared, "default"), ...chosen };
      expect(parseLabConfig(defaults, machine)).toEqual(parseLabConfig(chosen, machine));
    });

    it.each(Object.keys(own))("gives an example of %s that is accepted and changes something", (name) => {
      const key = name.slice("istio-lab:".length);
      const without = { ...chosen, ...COMPANIONS[key] };
      expect(parseLabConfig({ ...without, [key]: own[name]?.example }, machine)).not.toEqual(outcome(without));
    });
  });
});
