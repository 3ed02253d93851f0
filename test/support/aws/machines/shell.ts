import { setTimeout as pause } from "node:timers/promises";
import { run, type Answer } from "./docker";

/** Logs in to an instance as a user would, with OpenSSH. Host keys are not checked: each test recreates its machines. */
export class InstanceShell {
  /**
   * @param address the instance's public address
   * @param keyFile private key of the key pair
   */
  public constructor(
    private readonly address: string,
    private readonly keyFile: string,
  ) {}

  /** Runs one command as the user ubuntu; exit code 255: nobody was let in. */
  public async try(command: string, input = ""): Promise<Answer> {
    const trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
    const options = ["-i", this.keyFile, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", ...trust];
    return run("ssh", [...options, `ubuntu@${this.address}`, command], { timeout: 240_000, input });
  }

  /**
   * Runs one command that has to succeed.
   * @returns what it printed, without white space around it
   */
  public async run(command: string, input = ""): Promise<string> {
    const { exitCode, stdout, stderr } = await this.try(command, input);
    if (exitCode !== 0) {
      throw new Error(`${this.address}: ${command}: exit code ${exitCode}\n${stderr}${stdout}`);
    }
    return stdout.trim();
  }

  /** Waits until a command succeeds. */
  public async until(command: string, seconds: number): Promise<string> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const { exitCode, stdout, stderr } = await this.try(command);
      if (exitCode === 0) {
        return stdout.trim();
      }
      if (Date.now() > deadline) {
        throw new Error(`${this.address}: ${command}: not so after ${seconds} s; last seen: ${stderr}${stdout}`);
      }
      await pause(200);
    }
  }
}
