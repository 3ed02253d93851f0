import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { COMMON_KEYS, LAB_KEYS, LABS, parseLabConfig, type LabName } from "../../lab/config";

interface Setting {
  readonly description: string;
  readonly default: unknown;
  readonly example?: unknown;
}
type Settings = Readonly<Record<string, Setting>>;

const text = readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8");
const declared = (parse(text) as { config: Settings }).config;
// The comment at the end is YAML behind `# `; its first paragraph says what it is.
const comment = text.slice(text.indexOf("# Settings of one lab.")).replace(/^# ?/gm, "");
const described = parse(comment.slice(comment.indexOf("\n\n"))) as Record<LabName, Settings>;

const named = (keys: readonly string[]) => keys.map((key) => `istio-lab:${key}`);
const values = (settings: Settings, field: "default" | "example") =>
  Object.fromEntries(
    Object.entries(settings).map(([key, setting]) => [key.slice("istio-lab:".length), setting[field]] as const),
  );

describe("Pulumi.yaml", () => {
  it("declares the settings that all labs have and no other, since a default reaches every stack", () => {
    expect(Object.keys(declared)).toEqual(named(COMMON_KEYS));
    expect(COMMON_KEYS).toEqual(LAB_KEYS.vm.filter((key) => LABS.every((lab) => LAB_KEYS[lab].includes(key))));
  });

  it("gives every setting that it declares a default in text, without which Pulumi refuses a stack", () => {
    expect(Object.values(declared).map((setting) => typeof setting.default)).toEqual(COMMON_KEYS.map(() => "string"));
  });

  it("describes the settings of each lab in its comment, and no other", () => {
    expect(Object.keys(described)).toEqual(LABS);
  });

  describe.each(LABS)("for the %s lab", (lab) => {
    const own = described[lab];

    it("describes exactly the settings that the lab has beside the common ones", () => {
      expect(Object.keys(own)).toEqual(named(LAB_KEYS[lab].filter((key) => !COMMON_KEYS.includes(key))));
    });

    it("says what every setting is for", () => {
      const empty = Object.entries({ ...declared, ...own }).filter(([, { description }]) => !description);
      expect(empty).toEqual([]);
    });

    it("names the defaults that hold where nothing is said", () => {
      const defaults = { ...values(declared, "default"), ...values(own, "default"), lab };
      expect(parseLabConfig(defaults)).toEqual(parseLabConfig({ lab }));
    });

    it("hands over defaults that are no obstacle where everything else is the user's", () => {
      expect(parseLabConfig({ ...values(declared, "default"), lab })).toEqual(parseLabConfig({ lab }));
    });

    it.each(Object.keys(own))("gives an example of %s that is accepted and changes something", (key) => {
      const example = { lab, [key.slice("istio-lab:".length)]: own[key]?.example };
      expect(parseLabConfig(example)).not.toEqual(parseLabConfig({ lab }));
    });
  });
});
