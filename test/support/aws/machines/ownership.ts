import { digest } from "../../../../infra/core/names";
import { script } from "../../../../infra/core/script";
import { docker, run } from "./docker";

/** The label of everything that an account owns in Docker; its value is the digest of the account's folder. */
export const ACCOUNT_LABEL = "istio-lab.test-account";

const REMOVAL_TIMEOUT = 180_000;

/** What belongs to one account: names that do not collide with another's, and how to find it all. */
export class Ownership {
  private readonly digest: string;

  /** @param accountFolder the folder in which the account keeps its data */
  public constructor(accountFolder: string) {
    this.digest = digest(accountFolder);
  }

  /** `--label KEY=VALUE` for a create, or the value of a filter. */
  public get label(): string {
    return `${ACCOUNT_LABEL}=${this.digest}`;
  }

  /** Docker's name of something that EC2 knows by an id, e.g. `i-0123` or `subnet-0123`. */
  public nameOf(id: string): string {
    return `istio-lab-aws-${this.digest}-${id}`;
  }

  /** Removes containers of this account by name, with their volumes; what is gone is no obstacle. */
  public async removeContainers(names: readonly string[]): Promise<void> {
    const removal = await run("bash", ["-c", script("containers-remove.sh")], {
      timeout: REMOVAL_TIMEOUT,
      input: names.map((name) => `${name}\n`).join(""),
    });
    if (removal.exitCode !== 0) {
      throw new Error(`containers of ${this.label}: ${removal.stderr}`);
    }
  }

  /** Removes everything that this account has in Docker. */
  public async removeAll(): Promise<void> {
    const filter = ["--filter", `label=${this.label}`, "--format"];
    await this.removeContainers(lines(await docker(["ps", "--all", ...filter, "{{.Names}}"])));
    for (const network of lines(await docker(["network", "ls", ...filter, "{{.Name}}"]))) {
      await docker(["network", "rm", network]);
    }
  }
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter(Boolean);
}
