import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { Station } from "../../lab/cli/trace/station";
import { watchRequest } from "../../lab/cli/trace/watch";
import { UserError } from "../../lab/cli/ui/user-error";

/** A machine whose shell is a line of bash; the script that it is given is no more than its $0. */
function station(name: string, line: string): Station {
  const machine = { name, shell: ["bash", "-c", line], quoted: false, prefix: "" };
  return { id: name, label: name, kind: "host", machine, key: "-", logs: "-", addresses: [] };
}

it("says in one line which machine cannot be watched, and nothing comes after it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-watch-"));
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  onTestFinished(() => {
    process.off("unhandledRejection", note);
    rmSync(folder, { recursive: true });
  });
  const stopped = station("forum-vm", "echo 'connect to host 127.0.0.1 port 30022: Connection refused' >&2; exit 255");
  // Ends as a watcher does whose input goes.
  const other = station("k3s-s", `read -r _; touch ${folder}/ended; exit 1`);
  const plan = { source: other, stations: [stopped, other], pooledPorts: [], url: "http://forum", host: "forum" };
  const watching = watchRequest(plan, "mark", "@@token", process.env);
  await expect(watching).rejects.toThrow(
    new UserError("forum-vm could not be watched: connect to host 127.0.0.1 port 30022: Connection refused"),
  );
  await expect.poll(() => existsSync(join(folder, "ended"))).toBe(true);
  // A rejection that nobody handles is told once the pipes of the process have closed.
  for (let count = 0; count < 50; count++) {
    await turn();
  }
  expect(unhandled).toEqual([]);
});
