import { HealJournal } from "../../lab/cli/heal/journal";
import { workstationOf } from "../../lab/cli/verify/command-runner";
import type { LabOutputs } from "../../lab/program/outputs";
import type { FakeBin } from "./fake-bin";

/**
 * What every repair of `heal` is given: fake programs in front of the real ones, and a journal.
 * @param platform Default local
 */
export function healScene(bin: FakeBin, clusters: LabOutputs["clusters"] = [], platform = "local") {
  const { environment: env } = bin;
  const outputs = { platform, clusters, hosts: [] } as unknown as LabOutputs;
  const told: string[] = [];
  const stream = { write: (text: string) => told.push(text) > 0 };
  const journal = new HealJournal(stream, { isLive: false, columns: 80, hasColour: false }, () => 0);
  const scene = { outputs, workstation: workstationOf(outputs, env), signal: new AbortController().signal, journal };
  /** What the journal has said, without its times. */
  const said = () => told.join("").replaceAll(/^ *[\d.]+ s {2}/gm, "");
  return { env, scene, said };
}
