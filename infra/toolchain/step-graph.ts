import { createHash } from "node:crypto";
import type { Step } from "./step";

/** A step with the key that everything that decides its result adds up to. */
export interface PlannedStep {
  readonly step: Step;
  /** 12 hexadecimal digits. */
  readonly key: string;
  /** Name of the step's folder in the store: `<name>-<key>`. */
  readonly folder: string;
}

/**
 * Puts steps into an order in which every step follows what it needs, and gives each its key.
 * @returns the steps in their given order as far as their needs allow
 * @throws Error if a name is given twice, a need is unknown, or steps need each other in a circle
 */
export function planSteps(steps: readonly Step[]): PlannedStep[] {
  const byName = new Map<string, Step>();
  for (const step of steps) {
    if (byName.has(step.name)) throw new Error(`toolchain step "${step.name}" is given twice`);
    byName.set(step.name, step);
  }
  const planned = new Map<string, PlannedStep>();
  const visit = (step: Step, path: readonly string[]): PlannedStep => {
    const known = planned.get(step.name);
    if (known) return known;
    if (path.includes(step.name))
      throw new Error(`toolchain steps need each other: ${[...path, step.name].join(" -> ")}`);
    const needs = step.needs.map((name) => {
      const need = byName.get(name);
      if (!need) throw new Error(`toolchain step "${step.name}" needs "${name}", which is no step`);
      return visit(need, [...path, step.name]);
    });
    const key = keyOf(step, needs);
    const plan = { step, key, folder: `${step.name}-${key}` };
    planned.set(step.name, plan);
    return plan;
  };
  for (const step of steps) visit(step, []);
  return [...planned.values()];
}

/**
 * Leaves out steps, and with them what only they need.
 * @param steps all steps
 * @param unwanted names of steps that nothing else may need; one that is needed stays
 */
export function withoutSteps(steps: readonly Step[], unwanted: readonly string[]): Step[] {
  const wanted = new Set<string>();
  const byName = new Map(steps.map((step) => [step.name, step]));
  const want = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const need of byName.get(name)?.needs ?? []) want(need);
  };
  const needed = new Set(steps.flatMap((step) => step.needs));
  for (const step of steps) if (!needed.has(step.name) && !unwanted.includes(step.name)) want(step.name);
  return steps.filter((step) => wanted.has(step.name));
}

function keyOf(step: Step, needs: readonly PlannedStep[]): string {
  const decides = JSON.stringify([step.name, step.inputs, needs.map((need) => need.folder).sort()]);
  return createHash("sha256").update(decides).digest("hex").slice(0, 12);
}
