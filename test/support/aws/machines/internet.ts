import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addressAt } from "../../../../infra/core/addresses";
import { docker, tryDocker } from "./docker";
import { ensureInstanceImage, FOLDER_IN_IMAGE } from "./instance-image";
import type { Ownership } from "./ownership";

/** Where in a subnet AWS has its name server: never an instance's address. */
const INTERNET_ADDRESS = 2;
const DATA = "/var/lib/internet";

/** Something that the internet does wrong. */
export interface Fault {
  /** Host and path of the URL, e.g. `get.k3s.io/`. */
  readonly url: string;
  /** Answered instead of what is there. Default: what is there. */
  readonly status?: number;
  /** Seconds before the answer. Default 0. */
  readonly delaySeconds?: number;
  /** How many requests it is done to. */
  readonly times: number;
}

/** The part of the internet that an account's instances need, in each subnet: names, HTTPS, and what real sites serve. */
export class Internet {
  /** @param ownership the account's names in Docker */
  public constructor(private readonly ownership: Ownership) {}

  /** Makes sure that it answers in a subnet. */
  public async ensure(subnetId: string, cidr: string): Promise<void> {
    const name = this.nameIn(subnetId);
    const started = await tryDocker(["start", name]);
    if (started.exitCode === 0) {
      return;
    }
    const names = readFileSync(join(__dirname, "image", "internet-names.txt"), "utf8")
      .split("\n")
      .filter(Boolean);
    const network = ["--network", this.ownership.nameOf(subnetId), "--ip", addressAt(cidr, INTERNET_ADDRESS)];
    const aliases = names.flatMap((alias) => ["--network-alias", alias]);
    const program = [
      "--entrypoint",
      "python3",
      await ensureInstanceImage(),
      "-u",
      `${FOLDER_IN_IMAGE}/internet-server.py`,
    ];
    await docker([
      "run",
      "--detach",
      "--name",
      name,
      "--label",
      this.ownership.label,
      ...network,
      ...aliases,
      ...program,
    ]);
  }

  /** Removes it from a subnet. */
  public async remove(subnetId: string): Promise<void> {
    await this.ownership.removeContainers([this.nameIn(subnetId)]);
  }

  /** Tells checkip.amazonaws.com which public address an instance has; none: its private one. */
  public async setPublicAddress(subnetId: string, privateIp: string, publicIp: string | undefined): Promise<void> {
    await this.write(subnetId, `addresses/${privateIp}`, publicIp ?? privateIp);
  }

  /** Replaces all faults; none makes everything right again. */
  public async setFaults(subnetId: string, faults: readonly Fault[]): Promise<void> {
    await this.write(subnetId, "faults.json", JSON.stringify(faults));
  }

  /** What has been asked for, oldest first, e.g. `192.168.10.10 200 get.k3s.io/`. */
  public async requests(subnetId: string): Promise<readonly string[]> {
    const text = await docker(["exec", this.nameIn(subnetId), "cat", `${DATA}/requests.log`]);
    return text.split("\n").filter(Boolean);
  }

  private nameIn(subnetId: string): string {
    return this.ownership.nameOf(`internet-${subnetId}`);
  }

  private async write(subnetId: string, file: string, text: string): Promise<void> {
    const program = 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1.partial" && mv "$1.partial" "$1"';
    await docker(["exec", this.nameIn(subnetId), "sh", "-c", program, "write", `${DATA}/${file}`, text]);
  }
}
