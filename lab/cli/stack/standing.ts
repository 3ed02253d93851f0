import { kindNode, ownedName } from "../../../infra/core/names";
import type { LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import { assertNobodyAtWork } from "./at-work";
import { assertKubeconfigs } from "./kubeconfig-files";
import { labCommand } from "./lab-command";
import { assertLoginFiles } from "./login-files";
import { listContainers, ownContainers } from "../docker/leftovers";
import type { Session } from "../pulumi/session";
import { assertSameEngine } from "./stack-engine";
import { standingState } from "./stack-state";
import { UserError } from "../ui/user-error";

/**
 * Call it before commands that need the whole lab: each of them would wait until its own deadline for what is not there.
 * @throws UserError if the engine does not answer, or is another one than the one on which the stack was built; if a container or a kubeconfig is gone
 */
export async function assertStanding(session: Session, outputs: LabOutputs): Promise<void> {
  if (platformNamed(outputs.platform).isOnEngine) {
    const containers = await listContainers(session.env);
    await assertSameEngine(session);
    const { state, problem = "" } = standingState(session.owner, outputs, containers);
    if (state === "gone") {
      assertNobodyAtWork(session);
      const [heal, destroy] = [labCommand("heal", session), labCommand("destroy", session)];
      throw new UserError(
        `stack ${session.stack}: ${problem}; recreate it: ${heal}, or remove the rest: ${destroy}`,
        2,
      );
    }
  }
  assertKubeconfigs(session, outputs.clusters);
  assertLoginFiles(session);
}

/**
 * Call it before the checks: all of a cluster whose node is stopped or paused would fail at its own deadline, for minutes.
 * @throws UserError with exit code 2 that names the nodes that do not run
 */
export async function assertNodesRun(session: Session, { platform, clusters }: LabOutputs): Promise<void> {
  if (!platformNamed(platform).isOnEngine) {
    return;
  }
  const nodes = clusters.map(({ name }) => kindNode(ownedName(session.stack, name)));
  const still = ownContainers(session.owner, await listContainers(session.env)).filter(
    ({ name, state }) => nodes.includes(name) && state !== "running",
  );
  if (still.length > 0) {
    const what = still.map(({ name, state }) => `container ${name} is ${state}`).join(", ");
    const heal = labCommand("heal", session);
    throw new UserError(`stack ${session.stack}: nothing was checked: ${what}; ${heal} repairs that`, 2);
  }
}
