import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { INVENTORY_VARIABLE, type AwsInventory, type InventoryRequest } from "../../../infra/core/aws-inventory";
import { PROJECT_FOLDER } from "../pulumi/backend";
import { runPulumi } from "../pulumi/pulumi";
import type { Session } from "../pulumi/session";
import { ensureStackProject, stackProjectFolder } from "../stack/stack-project";
import { tell } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import type { CloudPlace } from "./state";

/** How long the tag index of AWS may lag behind, in milliseconds. */
const TAG_LAG = 90_000;

/**
 * Asks AWS what it has of a stack, by tag, through the provider and the credentials that build the lab: a preview of the program, on a backend of its
 * own, that makes nothing.
 * @throws UserError if AWS does not answer
 */
export async function takeInventory({ stack, env }: Session, place: CloudPlace): Promise<AwsInventory> {
  ensureStackProject(stack);
  const folder = mkdtempSync(join(stackProjectFolder(stack), "inventory-"));
  const request: InventoryRequest = { ...place, file: join(folder, "inventory.json") };
  const { PULUMI_CONFIG_PASSPHRASE_FILE: _file, PULUMI_ACCESS_TOKEN: _token, ...rest } = env;
  const options = {
    cwd: PROJECT_FOLDER,
    env: {
      ...rest,
      PULUMI_BACKEND_URL: pathToFileURL(folder).href,
      PULUMI_CONFIG_PASSPHRASE: "nothing is kept",
      [INVENTORY_VARIABLE]: JSON.stringify(request),
    },
  };
  const common = ["--stack", "inventory", "--config-file", join(folder, "Pulumi.inventory.yaml")];
  try {
    for (const args of [
      ["stack", "init", "inventory", "--no-select"],
      ["preview", ...common],
    ]) {
      const { exitCode, stdout, stderr } = await runPulumi(args, options);
      if (exitCode !== 0) {
        throw new UserError(`AWS was not asked what it has of stack ${stack}: ${(stderr.trim() || stdout).trim()}`);
      }
    }
    return JSON.parse(readFileSync(request.file, "utf8")) as AwsInventory;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks until nothing is listed any more: the tag index lags behind what has been removed. */
export async function awaitEmpty(session: Session, place: CloudPlace): Promise<AwsInventory> {
  const deadline = Date.now() + TAG_LAG;
  for (;;) {
    const inventory = await takeInventory(session, place);
    if (inventory.resources.length === 0 || Date.now() > deadline) {
      return inventory;
    }
    tell(`AWS still lists ${inventory.resources.length} resources of stack ${session.stack} by tag; asking again`);
    await sleep(2000);
  }
}
