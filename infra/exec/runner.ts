import { readFileSync } from "node:fs";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { MADE_VARIABLE, type Made } from "../core/made";
import { localInterpreter, localVariables, remoteCommand, remoteInput } from "./launch";
import { isOfTheCommandLine, standingOutput } from "../core/standing-outputs";
import type { StepOutput } from "./step-output";

/** One step that ensures something outside Pulumi: safe to run again, since an earlier run may have died before its end. */
export interface EnsureArgs {
  /** The script that ensures it: a file of `folder`. */
  readonly create: string;
  /** Where the scripts are. Default: `infra/scripts` */
  readonly folder?: string;
  /** Values for the scripts. */
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /** What goes in by standard input: the place for secrets. Default: nothing. */
  readonly stdin?: pulumi.Input<string>;
  /** What the step acts on: a change replaces the step (old delete, then new create). Anything else runs `create` again. */
  readonly identity: readonly pulumi.Input<unknown>[];
  /** What no script reads: a change runs `create` again, and never `delete`. Default: nothing. */
  readonly rerunOn?: readonly pulumi.Input<string>[];
}

/** A step on this machine: it may print something that others use, and remove what it has made. */
export interface StepArgs extends EnsureArgs {
  /** The script that removes it; succeeds if it is already gone. Default: nothing to remove. */
  readonly delete?: string;
  /** What it makes, by which `up` and `heal` see whether it is still there. Default: nothing that can be looked for. */
  readonly makes?: Made;
  /** What `create` prints; the step fails if it prints something else. Default: nobody uses what it prints. */
  readonly output?: StepOutput;
}

/** A step that Pulumi knows of. */
export interface Step extends pulumi.Resource {
  readonly id: pulumi.Output<string>;
  readonly stdout: pulumi.Output<string>;
}

/** Where steps run: on this machine, or on a host over SSH. */
export interface Runner {
  /**
   * Registers one step.
   * @param name unique in the stack: a URN holds the types of the parents, not their names
   */
  step(name: string, args: EnsureArgs, options?: pulumi.CustomResourceOptions): Step;
}

/** The output of every step stays out of the log: it may be long (a line over 64 KiB hangs the official provider) or secret. */
const LOGGING = "none";

/** Variable of a step's environment that holds what the step runs again for; no script reads it. */
const RERUN_VARIABLE = "ISTIO_LAB_RERUN_ON";

/** Runs steps with bash on the machine where Pulumi runs. */
export class LocalRunner implements Runner {
  public step(name: string, args: StepArgs, options: pulumi.CustomResourceOptions = {}): Step {
    const scripts = [args.create, ...(args.delete === undefined ? [] : [args.delete])];
    const made = new command.local.Command(
      name,
      {
        create: args.create,
        ...(args.delete === undefined ? {} : { delete: args.delete }),
        interpreter: localInterpreter(),
        environment: {
          ...args.environment,
          ...rerunVariable(args.rerunOn),
          ...localVariables(scripts, args.output, args.folder),
          ...madeVariable(args.makes),
        },
        ...(args.stdin === undefined ? {} : { stdin: args.stdin }),
        triggers: [...args.identity],
        addPreviousOutputInEnv: false,
        logging: LOGGING,
      },
      {
        deleteBeforeReplace: true,
        ...options,
        ...(args.output?.isSecret === true ? { additionalSecretOutputs: ["stdout", "stderr"] } : {}),
      },
    );
    return foreseen(name, made, args);
  }
}

/**
 * A preview does not know what a step will print that runs again, and takes all that depends on it for replaced: with another text of the network's
 * script, every container of the lab. A step that exists prints what it has printed before.
 */
function foreseen(name: string, step: command.local.Command, args: StepArgs): Step {
  const printed = pulumi.runtime.isDryRun() && isOfTheCommandLine() ? (standingOutput(name) ?? kept(args)) : undefined;
  // Pulumi knows the id of a step that exists, and none of one that it makes or replaces.
  return printed === undefined ? step : Object.assign(step, { stdout: step.id.apply(() => printed) });
}

/** A secret that a step keeps in a file, too: without its kubeconfig a preview would not ask a cluster, and show its objects as they are. */
function kept({ output, environment = {} }: StepArgs): pulumi.Output<string> | undefined {
  const file = output?.keptIn === undefined ? undefined : environment[output.keptIn];
  try {
    return typeof file === "string" ? pulumi.secret(readFileSync(file, "utf8").trimEnd()) : undefined;
  } catch {
    return undefined;
  }
}

/** The provider replaces a step at another trigger. At another environment it runs `update`, which by default is `create`. */
function rerunVariable(rerunOn: EnsureArgs["rerunOn"] = []): Record<string, pulumi.Input<string>> {
  return rerunOn.length === 0 ? {} : { [RERUN_VARIABLE]: pulumi.all([...rerunOn]).apply((all) => JSON.stringify(all)) };
}

function madeVariable(makes: Made | undefined): Record<string, string> {
  return makes === undefined ? {} : { [MADE_VARIABLE]: JSON.stringify(makes) };
}

/** Runs steps on a host over SSH, as root by the login user's sudo. They have no delete: what is on a host goes with it (`deletedWith`). */
export class RemoteRunner implements Runner {
  /**
   * @param connection host, port, user, private key and host key (all `Input`s)
   * @param hostIdentity id of the machine: a new machine runs every step again. A changed connection alone is no
   *   replacement in the command provider, https://github.com/pulumi/pulumi-command/issues/447
   */
  public constructor(
    private readonly connection: command.types.input.remote.ConnectionArgs,
    private readonly hostIdentity: pulumi.Input<string>,
  ) {}

  public step(name: string, args: EnsureArgs, options: pulumi.CustomResourceOptions = {}): Step {
    const input = pulumi
      .all([{ ...args.environment, ...rerunVariable(args.rerunOn) }, args.stdin ?? ""] as const)
      .apply(([environment, payload]) => remoteInput(args.create, environment, payload, args.folder));
    return new command.remote.Command(
      name,
      {
        connection: this.connection,
        create: remoteCommand(args.create),
        stdin: input,
        triggers: [this.hostIdentity, ...args.identity],
        addPreviousOutputInEnv: false,
        logging: LOGGING,
      },
      { deleteBeforeReplace: true, ...options },
    );
  }

  /**
   * Copies a file of this machine to the host.
   * @param source absolute path here
   * @param remotePath absolute path there; its folder exists
   */
  public copy(
    name: string,
    source: string,
    remotePath: string,
    options: pulumi.CustomResourceOptions = {},
  ): pulumi.Resource {
    return new command.remote.CopyToRemote(
      name,
      {
        connection: this.connection,
        source: new pulumi.asset.FileAsset(source),
        remotePath,
        triggers: [this.hostIdentity],
      },
      options,
    );
  }
}
