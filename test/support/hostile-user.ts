import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A proxy that nobody is behind: whoever asks it gets no answer. */
export const DEAD_PROXY = "http://127.0.0.1:9";

/** What the programs that work on a lab see of the user's proxies. */
export const PROXY_VARIABLES = {
  http_proxy: DEAD_PROXY,
  https_proxy: DEAD_PROXY,
  HTTP_PROXY: DEAD_PROXY,
  HTTPS_PROXY: DEAD_PROXY,
  no_proxy:
    "corp.example.com,internal,localhost,127.0.0.1,127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,.svc,.cluster.local",
};

/** Settings files of somebody who works on other things, too: each of them changes what a program does. */
const FILES: Readonly<Record<string, string>> = {
  ".noisy": "echo noise from BASH_ENV\n",
  ".bashrc": "echo noise from .bashrc\n",
  ".curlrc": 'output = "/dev/null"\n',
  ".npmrc": "omit=dev\nomit[]=optional\ndry-run=true\n",
  ".pip/pip.conf": "[global]\nrequire-virtualenv=true\nno-binary=:all:\n",
  ".ssh/config": "Host *\n  ControlMaster auto\n  ControlPath /tmp/%r@%h\n  ProxyCommand /bin/false\n",
  ".istioctl/config.yaml": "istioNamespace: elsewhere\n",
  ".docker/config.json": JSON.stringify({
    psFormat: "{{.ID}}",
    networksFormat: "{{.ID}}",
    proxies: { default: { httpProxy: DEAD_PROXY, httpsProxy: DEAD_PROXY } },
  }),
  ".kube/config": `apiVersion: v1
kind: Config
current-context: production
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {}}]
contexts: [{name: production, context: {cluster: c, user: u}}]
`,
  ".kube/kuberc": `apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
- command: create configmap
  options:
  - name: output
    default: json
- command: get
  options:
  - name: output
    default: wide
- command: delete
  options:
  - name: interactive
    default: "true"
`,
};

/**
 * Writes the settings files of a user with other projects.
 * @param home the user's home folder
 */
export function writeHostileFiles(home: string): void {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(home, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, path), text, { mode: 0o600 });
  }
}

/** The variables of a user with other projects. */
export function hostileVariables(home: string): Readonly<Record<string, string>> {
  const { no_proxy: _, ...proxies } = PROXY_VARIABLES;
  return {
    ...proxies,
    no_proxy: "corp.example.com, internal",
    BASH_ENV: join(home, ".noisy"),
    ENV: join(home, ".noisy"),
    "BASH_FUNC_docker%%": "() { echo noise from a function; }",
    "BASH_FUNC_curl%%": "() { echo noise from a function; }",
    NODE_OPTIONS: "--no-deprecation",
    NODE_ENV: "production",
    DOCKER_DEFAULT_PLATFORM: "linux/arm64",
    KUBECONFIG: join(home, ".kube/config"),
    KUBECTL_KUBERC: "true",
    KUBERC: join(home, ".kube/kuberc"),
    PULUMI_ACCESS_TOKEN: "pul-another",
    PULUMI_BACKEND_URL: "https://pulumi.example.com",
    PULUMI_CONFIG_PASSPHRASE: "another",
    PULUMI_HOME: join(home, ".pulumi"),
    PULUMI_STACK: "another",
    PULUMI_PARALLEL: "1",
    PULUMI_OPTION_PARALLEL: "1",
    AWS_PROFILE: "another",
    AWS_ACCESS_KEY_ID: "AKIAANOTHER",
    AWS_SECRET_ACCESS_KEY: "another",
    GOFLAGS: "-mod=vendor",
    GOOS: "plan9",
    PIP_REQUIRE_VIRTUALENV: "1",
    PIP_TARGET: "/nowhere",
    npm_config_omit: "optional",
    npm_config_dry_run: "true",
    APT_CONFIG: "/nowhere",
    SSH_CLIENT: "192.0.2.1 50000 22",
    GREP_OPTIONS: "--color=always",
    LC_ANYTHING: "C",
  };
}

/** The folder of our own docker settings for a user. */
export function dockerSettingsFolder(cache: string, home: string): string {
  const name = createHash("sha256").update(join(home, ".docker")).digest("hex").slice(0, 12);
  return join(cache, "settings", `docker-${name}`);
}
