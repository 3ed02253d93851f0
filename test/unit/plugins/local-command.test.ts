import { describe, expect, it } from "vitest";
import { localCommand } from "../../../infra/toolchain/plugins/command/local-command";
import type { Properties } from "../../../infra/toolchain/plugins/command/properties";

function create(command: string, more: Properties = {}, signal = new AbortController().signal): Promise<Properties> {
  const inputs = { create: command, interpreter: ["/bin/sh", "-c"], ...more };
  return localCommand.create(inputs, { show: () => undefined, signal });
}

describe("a local command", () => {
  it.each([
    ["a bad exit", "echo out; echo err >&2; exit 4", /^exit status 4: running "echo out; .*":\n(out\nerr|err\nout)\n$/],
    [
      "quotes and line ends",
      'echo "no\tgood"\nexit 3',
      /^exit status 3: running "echo \\"no\\tgood\\"\\nexit 3":\nno\tgood\n$/,
    ],
    ["a signal", "kill -KILL $$", /^signal: killed: running "kill -KILL \$\$":\n$/],
    ["another signal", "kill -PIPE $$", /^signal: SIGPIPE: running/],
  ])("says of %s what the official provider says", async (_what, command, message) => {
    await expect(create(command)).rejects.toThrow(message);
  });

  it("says which interpreter is not there", async () => {
    await expect(create("true", { interpreter: ["no-such"] })).rejects.toThrow(
      'spawn no-such ENOENT: running "true":\n',
    );
  });

  it("passes stdin and environment, and cuts the last line end", async () => {
    const given = { stdin: "in", environment: { A: "1" } };
    expect(await create("cat; echo $A; echo; echo e >&2", given)).toEqual({ stdout: "in1\n", stderr: "e" });
  });

  it("has an empty stdin if nothing is given", async () => {
    expect(await create("cat", { stdin: "" })).toEqual({ stdout: "", stderr: "" });
  });

  it("may leave its stdin unread", async () => {
    expect(await create("true", { stdin: "x".repeat(1_000_000) })).toEqual({ stdout: "", stderr: "" });
  });

  it("keeps a character that comes in two parts", async () => {
    expect(await create("printf '\\342\\202'; sleep 0.1; printf '\\254'")).toMatchObject({ stdout: "€" });
  });

  it("ends with all that it started when it is cancelled, even when it ignores SIGTERM", async () => {
    const cancel = new AbortController();
    // It reads its input once it is guarded, and its end says that it ignores the signal by then.
    const running = create("trap '' TERM; read -r _; sleep 300 & sleep 300", { stdin: "begin" }, cancel.signal);
    setTimeout(() => cancel.abort(), 500);
    await expect(running).rejects.toThrow("signal: killed");
  });

  it("does not begin after a cancellation", async () => {
    await expect(create("true", {}, AbortSignal.abort(new Error("cancelled")))).rejects.toThrow("cancelled");
  });

  it("is deleted by its own command, if it has one", async () => {
    const operation = { show: () => undefined, signal: new AbortController().signal };
    const state = { create: "true", interpreter: ["/bin/sh", "-c"] };
    await localCommand.delete?.(state, operation);
    await expect(localCommand.delete?.({ ...state, delete: "exit 2" }, operation)).rejects.toThrow("exit status 2");
  });
});
