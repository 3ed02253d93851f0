import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { ContainerHost, type ContainerHostArgs } from "./container-host";
import { SshKey } from "./ssh-key";

/**
 * A host outside the mesh that a person logs in to, with the stack's key beside it in the state folder.
 * @param name of the host's component; the key's is `<name>-key`
 * @param parent of both
 */
export function clientHost(
  name: string,
  args: Omit<ContainerHostArgs, "key">,
  parent: pulumi.ComponentResource,
): ContainerHost {
  const key = new SshKey(`${name}-key`, join(args.site.stateFolder, "id_ed25519"), { parent });
  return new ContainerHost(name, { ...args, key }, { parent });
}
