import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressAt } from "../../../../infra/core/addresses";
import type { Machines, MachineSpec } from "../machines";
import { docker, tryDocker } from "./docker";
import { FOLDER_IN_IMAGE } from "./instance-image";
import { initialHostName, metadataFile, seedFiles, type MetadataFile } from "./instance-files";
import { Internet } from "./internet";
import { Ownership } from "./ownership";

const STOP_SECONDS = 60;
const SEED = "/var/lib/cloud/seed/nocloud";
const METADATA = "/var/lib/instance-metadata/instance.json";
const FORWARDER_TIMEOUT = 10_000;

/** Instances as systemd containers that a real cloud-init sets up; a subnet is a Docker network. */
export class ContainerMachines implements Machines {
  private readonly ownership: Ownership;
  private readonly internet: Internet;

  /** @param accountFolder names of containers and networks are made of it, so that two accounts do not collide */
  public constructor(accountFolder: string) {
    this.ownership = new Ownership(accountFolder);
    this.internet = new Internet(this.ownership);
  }

  public async launch(spec: MachineSpec): Promise<void> {
    if ((await this.state(spec.instanceId)) === "gone") {
      await docker(["create", ...this.bootOptions(spec), spec.image]);
    }
    await this.start(spec);
  }

  public async start(spec: MachineSpec): Promise<void> {
    const name = this.ownership.nameOf(spec.instanceId);
    if ((await this.state(spec.instanceId)) !== "running") {
      await this.writeDisk(spec);
      await docker(["start", name]);
    }
    await this.internet.setPublicAddress(spec.subnetId, spec.privateIp, spec.publicIp);
    await this.openPublicAddress(spec);
  }

  public async stop(instanceId: string): Promise<void> {
    await this.closePublicAddress(instanceId);
    if ((await this.state(instanceId)) === "running") {
      const words = ["stop", "--time", String(STOP_SECONDS), this.ownership.nameOf(instanceId)];
      await docker(words, (STOP_SECONDS + 30) * 1000);
    }
  }

  public async terminate(instanceId: string): Promise<void> {
    await this.ownership.removeContainers([this.forwarderOf(instanceId), this.ownership.nameOf(instanceId)]);
  }

  public async setTags(instanceId: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const name = this.ownership.nameOf(instanceId);
    const read = await tryDocker(["cp", `${name}:${METADATA}`, "-"]);
    // The answer is a tar archive with one file in it.
    const text = /\{.*\}/s.exec(read.stdout)?.[0];
    if (read.exitCode !== 0 || text === undefined) {
      return;
    }
    const before = JSON.parse(text) as MetadataFile;
    if (before.tags !== null) {
      await this.writeFiles(name, { [METADATA]: JSON.stringify({ ...before, tags }) });
    }
  }

  public async state(instanceId: string): Promise<"running" | "stopped" | "gone"> {
    const format = "{{.State.Running}}";
    const inspection = await tryDocker(["inspect", "--format", format, this.ownership.nameOf(instanceId)]);
    if (inspection.exitCode !== 0) {
      return "gone";
    }
    return inspection.stdout.trim() === "true" ? "running" : "stopped";
  }

  public async createSubnet(subnetId: string, cidr: string): Promise<void> {
    const name = this.ownership.nameOf(subnetId);
    if ((await tryDocker(["network", "inspect", name])).exitCode !== 0) {
      const addresses = ["--subnet", cidr, "--gateway", addressAt(cidr, 1)];
      await docker(["network", "create", "--driver", "bridge", ...addresses, "--label", this.ownership.label, name]);
    }
    await this.internet.ensure(subnetId, cidr);
  }

  public async removeSubnet(subnetId: string): Promise<void> {
    const name = this.ownership.nameOf(subnetId);
    await this.internet.remove(subnetId);
    if ((await tryDocker(["network", "inspect", name])).exitCode === 0) {
      await docker(["network", "rm", name]);
    }
  }

  /** As kind runs its nodes. The image's init fails at a reboot only, so a machine that powers itself off stays so. */
  private bootOptions(spec: MachineSpec): readonly string[] {
    const hostName = initialHostName(spec.privateIp);
    const aliases = [hostName, `${hostName}.${spec.region}.compute.internal`];
    return [
      ...["--name", this.ownership.nameOf(spec.instanceId), "--label", this.ownership.label, "--hostname", hostName],
      ...["--network", this.ownership.nameOf(spec.subnetId), "--ip", spec.privateIp],
      ...aliases.flatMap((alias) => ["--network-alias", alias]),
      ...["--tty", "--init=false", "--restart", "on-failure", "--privileged", "--cgroupns", "private"],
      ...["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"],
      ...["--tmpfs", "/run", "--tmpfs", "/tmp", "--volume", "/var", "--volume", "/lib/modules:/lib/modules:ro"],
    ];
  }

  private async writeDisk(spec: MachineSpec): Promise<void> {
    const files = Object.entries(seedFiles(spec)).map(([file, text]) => [`${SEED}/${file}`, text] as const);
    await this.writeFiles(this.ownership.nameOf(spec.instanceId), {
      ...Object.fromEntries(files),
      [METADATA]: JSON.stringify(metadataFile(spec)),
    });
  }

  /** Writes files into folders that are there, whether the container runs or not. */
  private async writeFiles(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "istio-lab-instance-"));
    try {
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, "file");
        writeFileSync(file, text, { mode: 0o600 });
        await docker(["cp", file, `${name}:${path}`]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private forwarderOf(instanceId: string): string {
    return this.ownership.nameOf(`address-of-${instanceId}`);
  }

  /** A public address is a process of its own: it changes from one start to the next, Docker's published ports cannot. */
  private async openPublicAddress(spec: MachineSpec): Promise<void> {
    await this.closePublicAddress(spec.instanceId);
    if (spec.publicIp === undefined) {
      return;
    }
    const name = this.forwarderOf(spec.instanceId);
    const values = { PUBLIC_ADDRESS: spec.publicIp, PRIVATE_ADDRESS: spec.privateIp, PORTS: spec.openPorts.join(",") };
    const environment = Object.entries(values).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const program = ["--entrypoint", "python3", spec.image, "-u", `${FOLDER_IN_IMAGE}/port-forwarder.py`];
    const options = ["--detach", "--name", name, "--label", this.ownership.label, "--network", "host", ...environment];
    await docker(["run", ...options, ...program]);
    for (const deadline = Date.now() + FORWARDER_TIMEOUT; ;) {
      const { stdout, stderr } = await tryDocker(["logs", name]);
      if (stdout.includes("listening")) {
        return;
      }
      if (Date.now() > deadline || stderr.includes("Error")) {
        throw new Error(`${spec.instanceId}: ${spec.publicIp} does not answer: ${stderr}`);
      }
    }
  }

  private async closePublicAddress(instanceId: string): Promise<void> {
    await this.ownership.removeContainers([this.forwarderOf(instanceId)]);
  }
}
