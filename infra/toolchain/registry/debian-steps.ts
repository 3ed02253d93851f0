import { join } from "node:path";
import type { Step, StepContext } from "../step";
import { scriptFile, scriptText } from "./sources";
import { registryVersions as versions } from "./versions";

const basePackages = ["ca-certificates", "curl", "iproute2", "iptables", "procps"];

/** systemd with sshd, and the packages that the study notes install or use on the machine. */
const vmPackages = [
  ...["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "less", "vim-tiny"],
  ...["net-tools", "ngrep", "jq", "tree", "unzip", "apache2", "dnsutils", "iputils-ping", "tcpdump", "conntrack"],
  ...["lsof", "psmisc"],
];

/**
 * What kind's own node image installs, with Debian's containerd, runc and network plugins for kind's builds, and the tools
 * with which the study notes follow packets on a node.
 */
const nodePackages = [
  ...["systemd", "systemd-sysv", "dbus", "containerd", "runc", "containernetworking-plugins", "conntrack", "ethtool"],
  ...["socat", "jq", "nftables", "ebtables", "openssl", "hostname", "util-linux", "mount", "kmod", "iputils-ping"],
  ...["tcpdump", "ngrep", "tree", "psmisc", "lsof", "wget", "bridge-utils", "net-tools", "dnsutils", "vim-tiny"],
];

/**
 * Runs one of our shell scripts.
 * @param env the script's values
 */
export async function runScript(context: StepContext, name: string, env: Record<string, string>): Promise<string> {
  return await context.exec("bash", [scriptFile(name)], { env });
}

/** Folder of a root file system in the result of one of these steps. */
export function rootFolder(context: StepContext, step: string): string {
  return join(context.result(step), "root");
}

function baseStep(): Step {
  return {
    name: "debian-base",
    title: `Debian ${versions.debian} from its packages`,
    needs: [],
    inputs: [scriptText("debian-base.sh"), versions.debian, ...basePackages],
    weight: "fetch",
    run: async (context) => {
      await runScript(context, "debian-base.sh", {
        LAB_ROOT: join(context.out, "root"),
        LAB_CACHE: join(context.work, "packages"),
        LAB_RELEASE: versions.debian,
        LAB_PACKAGES: basePackages.join(","),
      });
    },
  };
}

async function install(context: StepContext, root: string, packages: readonly string[]): Promise<void> {
  await runScript(context, "debian-install.sh", {
    LAB_BASE: rootFolder(context, "debian-base"),
    LAB_ROOT: root,
    LAB_PACKAGES: packages.join(" "),
  });
}

function vmRootStep(): Step {
  return {
    name: "vm-root",
    title: "root file system of the VM",
    needs: ["debian-base"],
    inputs: [scriptText("debian-install.sh"), scriptText("vm-root.sh"), ...vmPackages],
    weight: "fetch",
    run: async (context) => {
      const root = join(context.out, "root");
      await install(context, root, vmPackages);
      await runScript(context, "vm-root.sh", { LAB_ROOT: root });
    },
  };
}

function nodePackagesStep(): Step {
  return {
    name: "node-packages",
    title: "packages of the kind node",
    needs: ["debian-base"],
    inputs: [scriptText("debian-install.sh"), ...nodePackages],
    weight: "fetch",
    run: async (context) => {
      await install(context, join(context.out, "root"), nodePackages);
    },
  };
}

/** The steps that make root file systems out of Debian packages. */
export function debianSteps(): Step[] {
  return [baseStep(), vmRootStep(), nodePackagesStep()];
}
