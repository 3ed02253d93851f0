import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROXY_VARIABLES } from "./hostile-user";
import { TestLab } from "./lab";

/** The limits of inotify that Debian has by default. */
const DEBIAN_LIMITS: Readonly<Record<string, string>> = { max_user_instances: "128", max_user_watches: "192536" };

/**
 * A lab on a machine of somebody with other projects: proxies that do not answer, variables of other Pulumi projects, a
 * `BASH_ENV` that prints, a blank in the state folder, and Debian's limits of inotify.
 */
export class HostileLab extends TestLab {
  private readonly limitsBefore = new Map<string, string>();

  /** @param stack the stack's name, e.g. `e2e-vm` */
  public constructor(stack: string) {
    super(stack, join(TestLab.makeFolder(), "a folder"));
    mkdirSync(this.folder);
    writeFileSync(join(this.folder, "noise.sh"), "echo noise; echo noise >&2\n");
  }

  public override get environment(): NodeJS.ProcessEnv {
    return {
      ...super.environment,
      ...PROXY_VARIABLES,
      no_proxy: "example.com, example.org",
      BASH_ENV: join(this.folder, "noise.sh"),
      DOCKER_DEFAULT_PLATFORM: "linux/arm64",
      PULUMI_CONFIG_PASSPHRASE: "of another project",
      PULUMI_ACCESS_TOKEN: "pul-of-another-project",
      PULUMI_BACKEND_URL: "https://pulumi.example.com",
      KUBECONFIG: "/nowhere",
      NODE_OPTIONS: "--no-deprecation",
    };
  }

  /** Sets inotify's limits to Debian's, if this user may; `cleanUp` puts back what they were. */
  public lowerLimits(): void {
    for (const [name, value] of Object.entries(DEBIAN_LIMITS)) {
      const file = limitFile(name);
      if (writable(file)) {
        this.limitsBefore.set(file, readFileSync(file, "utf8"));
        writeFileSync(file, value);
      }
    }
  }

  public override removeFolder(): void {
    rmSync(dirname(this.folder), { recursive: true, force: true });
  }

  public override async cleanUp(): Promise<void> {
    await super.cleanUp();
    this.limitsBefore.forEach((value, file) => writeFileSync(file, value));
  }
}

const limitFile = (name: string) => `/proc/sys/fs/inotify/${name}`;

function writable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
