import { stringify } from "yaml";
import { script } from "./script";

/** What every instance of the study notes is told at its first boot. */
export interface InstanceArgs {
  /** Host name, a DNS label, e.g. `k3s-s`. */
  readonly hostName: string;
  /** IPv4 address on the lab's network, e.g. `192.168.10.10`. */
  readonly address: string;
}

/** What the machine of the cluster is told. */
export interface K3sServerArgs extends InstanceArgs {
  /** IPv4 address at which the user's machine reaches it: the API server's certificate names it. */
  readonly publicAddress: string;
  /** CIDR of pods. */
  readonly podCidr: string;
  /** CIDR of services. */
  readonly serviceCidr: string;
  /** As its releases are tagged, without the leading `v`, e.g. `1.28.15+k3s1`. */
  readonly k3s: string;
  /** Without the leading `v`. */
  readonly helm: string;
}

/** The packages of the study notes' two machines. */
export const PACKAGES = {
  k3sServer: ["bridge-utils", "net-tools", "conntrack", "ngrep", "jq", "tree", "unzip", "kubecolor"],
  vm: ["net-tools", "ngrep", "jq", "tree", "unzip", "apache2"],
} as const;

/** Tags of what the study notes clone without one: their newest releases of before the study notes. */
const PROMPT_VERSIONS = { VERSION_OF_KUBECTX: "0.9.5", VERSION_OF_KUBE_PS1: "0.9.0" } as const;

/** What the study notes put into /etc/profile of both machines. */
const PROFILE = "alias vi=vim\n";

/** And of k3s-s. Whoever logs in becomes root, and only root can read the kubeconfig. */
const CLUSTER_PROFILE = `${PROFILE}export KUBECONFIG=/etc/rancher/k3s/k3s.yaml
alias kc=kubecolor
alias k=kubectl
if [ -n "\${BASH_VERSION:-}" ] && command -v kubectl >/dev/null; then
  eval "$(kubectl completion bash)"
  complete -o default -F __start_kubectl k
fi
`;

const EXPIRY_SERVICE = `[Unit]
Description=Powers this machine off when the lab's time is over

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/istio-lab-expiry
`;

const EXPIRY_TIMER = `[Unit]
Description=Asks every minute whether the lab's time is over

[Timer]
OnBootSec=1min
OnUnitActiveSec=1min
AccuracySec=5s

[Install]
WantedBy=timers.target
`;

/** The study notes' time zone. */
const TIME_ZONE = "Asia/Seoul";

/** A file of cloud-init's `write_files`. */
interface CloudFile {
  readonly path: string;
  readonly permissions: "0644" | "0755";
  readonly content: string;
}

/**
 * User data of the study notes' k3s-s: host name, time zone, packages, k3s without traefik, helm, kubectx, kube-ps1 and aliases. Holds no secret: the
 * token and all keys are made on the machine.
 * @returns cloud-config, YAML
 * @see study notes 13, CloudFormation template, EC21
 */
export function k3sServerUserData(args: K3sServerArgs): string {
  return cloudConfig(args, CLUSTER_PROFILE, script("k3s-server-setup.sh"), {
    ...instanceValues(args, PACKAGES.k3sServer),
    PUBLIC_ADDRESS: args.publicAddress,
    POD_CIDR: args.podCidr,
    SERVICE_CIDR: args.serviceCidr,
    VERSION_OF_K3S: args.k3s,
    VERSION_OF_HELM: args.helm,
    ...PROMPT_VERSIONS,
  });
}

/**
 * User data of a VM as the study notes make it: host name, time zone, packages.
 * @returns cloud-config, YAML
 * @see study notes 13, CloudFormation template, EC24
 */
export function vmUserData(args: InstanceArgs): string {
  return cloudConfig(args, PROFILE, script("vm-setup.sh"), instanceValues(args, PACKAGES.vm));
}

function instanceValues({ hostName, address }: InstanceArgs, packages: readonly string[]): Record<string, string> {
  return { HOST_NAME: hostName, ADDRESS: address, PACKAGES: packages.join(" ") };
}

function cloudConfig(
  { hostName }: InstanceArgs,
  profile: string,
  setup: string,
  values: Readonly<Record<string, string>>,
): string {
  const program = (name: string, content: string): CloudFile => ({
    path: `/usr/local/sbin/${name}`,
    permissions: "0755",
    content,
  });
  const file = (path: string, content: string): CloudFile => ({ path, permissions: "0644", content });
  const document = {
    hostname: hostName,
    preserve_hostname: false,
    timezone: TIME_ZONE,
    ssh_pwauth: false,
    disable_root: true,
    write_files: [
      file("/etc/profile.d/istio-lab.sh", profile),
      program("istio-lab-expiry", script("instance-expiry.sh")),
      file("/etc/systemd/system/istio-lab-expiry.service", EXPIRY_SERVICE),
      file("/etc/systemd/system/istio-lab-expiry.timer", EXPIRY_TIMER),
      program("istio-lab-setup", setup),
    ],
    // One command: cloud-init goes on after one that fails, and tells of the last one only. The timer first: it ends what fails, too.
    runcmd: [
      [
        "env",
        ...Object.entries(values).map(([name, value]) => `${name}=${value}`),
        "bash",
        "-c",
        "systemctl daemon-reload && systemctl enable --now istio-lab-expiry.timer && exec /usr/local/sbin/istio-lab-setup",
      ],
    ],
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}
