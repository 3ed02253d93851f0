import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { assertLoginFiles, restoreLoginFiles } from "../../lab/cli/stack/login-files";
import { openSession } from "../../lab/cli/pulumi/session";
import { UserError } from "../../lab/cli/ui/user-error";
import { ACCESS, checkpoint, CommandLine } from "../support/command-line";

const KNOWN = "ssh-ed25519 AAAAhost";
let cli: CommandLine;
let folder: string;
/** The key that the lab was built with, and its public half. */
let key: { readonly text: string; readonly half: string };

const path = (name: string) => join(folder, name);
const step = (urn: string, environment: object, stdout: unknown) => ({
  ...{ urn, type: "command:local:Command", inputs: { environment }, outputs: { stdout } },
});
/** As Pulumi shows it by --show-secrets, or hides it. */
const secret = (value: object) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ...value,
});

function steps(shown: (text: string) => unknown): readonly object[] {
  const files = { KEY_FILE: path("id_ed25519") };
  return [
    step("urn:key", files, shown(key.text.trimEnd())),
    step("urn:vm", { ...files, KNOWN_HOSTS_FILE: path("known_hosts-vm"), HOST_NAME: "vm", SSH_PORT: "30022" }, KNOWN),
    step(
      "urn:ec2",
      {
        ...files,
        KNOWN_HOSTS_FILE: path("known_hosts-ec2"),
        HOST_NAME: "ec2",
        ADDRESS: "198.51.100.7",
        INSTANCE: "i-1",
      },
      KNOWN,
    ),
    // It logs in, and writes neither.
    step("urn:k3s", { ...files, KNOWN_HOSTS_FILE: path("known_hosts-other"), ADDRESS: "198.51.100.7" }, "x"),
    // A key pair of the user's own.
    step("urn:own", { KEY_FILE: "/nowhere/own.pem" }, "x"),
  ];
}

beforeEach(() => {
  cli = new CommandLine({
    pulumi: 'case "$*" in "stack export --show-secrets"*) cat "$FOLDER/shown" ;; *) exit 9 ;; esac',
  });
  folder = join(cli.state, "dev");
  mkdirSync(folder, { recursive: true });
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "istio-lab", "-f", path("id_ed25519")]);
  key = { text: readFileSync(path("id_ed25519"), "utf8"), half: readFileSync(path("id_ed25519.pub"), "utf8") };
  writeFileSync(path("known_hosts-vm"), `[127.0.0.1]:30022 ${KNOWN}\n`);
  writeFileSync(path("known_hosts-ec2"), `# i-1\n198.51.100.7 ${KNOWN}\n`);
  cli.addStack(
    "dev",
    checkpoint(
      ACCESS,
      steps(() => secret({ ciphertext: "v1:x" })),
    ),
  );
  const resources = steps((text) => secret({ plaintext: JSON.stringify(text) }));
  writeFileSync(join(cli.folder, "shown"), JSON.stringify({ version: 3, deployment: { resources } }));
  vi.stubEnv("ISTIO_LAB_STATE", cli.state);
  vi.stubEnv("ISTIO_LAB_CACHE", join(cli.folder, "cache"));
  vi.stubEnv("PATH", `${cli.programs}:${process.env["PATH"] ?? ""}`);
});

describe("a file by which one logs in", () => {
  const content = (name: string) => readFileSync(path(name), "utf8");

  it.each(["id_ed25519", "id_ed25519.pub", "known_hosts-vm", "known_hosts-ec2"])(
    "is written again as it was if it is gone or empty, for its owner alone: %s",
    async (name) => {
      const before = content(name);
      for (const damage of [() => rmSync(path(name)), () => writeFileSync(path(name), "")]) {
        damage();
        expect(await restoreLoginFiles(openSession("dev"))).toEqual([path(name.replace(/\.pub$/, ""))]);
        expect([content(name), statSync(path(name)).mode & 0o777]).toEqual([before, 0o600]);
      }
      expect(content("id_ed25519")).toBe(key.text);
    },
  );

  it("is not asked for if all are there; a key of the user's own and the files of nobody are none of them", async () => {
    expect(await restoreLoginFiles(openSession("dev"))).toEqual([]);
    expect(cli.calls()).toEqual([]);
    expect(() => assertLoginFiles(openSession("dev"))).not.toThrow();
  });

  it("is missed in one line by what logs in, with the verb that writes it again", () => {
    rmSync(path("id_ed25519"));
    rmSync(path("known_hosts-vm"));
    expect(() => assertLoginFiles(openSession("dev"))).toThrow(
      new UserError(
        `stack dev: gone: ${path("id_ed25519")}, ${path("known_hosts-vm")}; npm run lab -- heal writes it again`,
      ),
    );
  });

  it("that the state does not hold either is reported with what builds the lab again", async () => {
    rmSync(path("id_ed25519"));
    writeFileSync(join(cli.folder, "shown"), JSON.stringify({ deployment: {} }));
    await expect(restoreLoginFiles(openSession("dev"))).rejects.toThrow(
      `stack dev: ${path("id_ed25519")} is gone, and the state does not hold it; build the lab again: npm run lab -- destroy, then npm run up`,
    );
    expect(existsSync(path("id_ed25519"))).toBe(false);
  });

  it.each([
    ["ssh", ["ssh", "forum-vm"]],
    ["exec", ["exec", "forum-vm", "true"]],
  ])("is named by %s before it tries", async (_, words) => {
    rmSync(path("known_hosts-vm"));
    const { exitCode, stdout, stderr } = await withOutputs().run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `stack dev: gone: ${path("known_hosts-vm")}; npm run lab -- heal writes it again\n`,
    ]);
  });
});

/** The same lab, whose pulumi tells the outputs. */
function withOutputs(): CommandLine {
  const outputs = JSON.stringify({ access: ACCESS });
  const file = join(cli.programs, "pulumi");
  writeFileSync(file, `#!/bin/bash\ncase "$*" in "stack output"*) echo '${outputs}' ;; *) exit 9 ;; esac\n`);
  return cli;
}
