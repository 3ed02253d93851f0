import { describe, expect, it } from "vitest";
import { childEnvironment } from "../../infra/core/child-environment";

const WITHOUT_KUBERC = { KUBERC: "off", KUBECTL_KUBERC: "false" };

/** Variables of a user's other projects, none of which is ours to take. */
const FOREIGN = {
  BASH_ENV: "/home/student/.noisy",
  ENV: "/home/student/.noisy",
  "BASH_FUNC_docker%%": "() { echo mine; }",
  LD_PRELOAD: "/opt/trace.so",
  NODE_ENV: "production",
  NODE_OPTIONS: "--require /opt/agent.js",
  NODE_PATH: "/opt/modules",
  KUBECONFIG: "/home/student/.kube/config",
  KUBERC: "/home/student/kuberc",
  KUBECTL_EXTERNAL_DIFF: "meld",
  ISTIOCONFIG: "/home/student/istio.yaml",
  KIND_EXPERIMENTAL_PROVIDER: "podman",
  DOCKER_DEFAULT_PLATFORM: "linux/arm64",
  DOCKER_BUILDKIT: "0",
  PULUMI_CONFIG_PASSPHRASE: "another",
  PULUMI_ACCESS_TOKEN: "pul-1",
  PULUMI_BACKEND_URL: "s3://another",
  PULUMI_STACK: "prod",
  AWS_PROFILE: "work",
  AWS_ACCESS_KEY_ID: "AKIA",
  GOFLAGS: "-mod=vendor",
  GOOS: "plan9",
  PIP_REQUIRE_VIRTUALENV: "1",
  PIP_TARGET: "/opt/target",
  PYTHONPATH: "/opt/python",
  npm_config_omit: "optional",
  APT_CONFIG: "/home/student/apt.conf",
  DEBIAN_FRONTEND: "dialog",
  GIT_DIR: "/home/student/.git",
  SSH_CLIENT: "10.0.0.1 1 2",
  CURL_HOME: "/home/student",
  TAR_OPTIONS: "--verbose",
  GREP_OPTIONS: "--color=always",
};

const OWN = {
  PATH: "/usr/bin:/bin",
  HOME: "/home/student",
  USER: "student",
  TMPDIR: "/tmp",
  TERM: "xterm",
  LANG: "ko_KR.UTF-8",
  LC_MESSAGES: "C",
  TZ: "Asia/Seoul",
  XDG_RUNTIME_DIR: "/run/user/1000",
  XDG_CACHE_HOME: "/home/student/cache",
  XDG_STATE_HOME: "/home/student/state",
  CI: "true",
  NO_COLOR: "1",
  ISTIO_LAB_STATE: "/home/student/labs",
  SSH_AUTH_SOCK: "/run/agent",
  NODE_EXTRA_CA_CERTS: "/etc/company.pem",
  SSL_CERT_FILE: "/etc/company.pem",
  SSL_CERT_DIR: "/etc/company",
  REQUESTS_CA_BUNDLE: "/etc/company.pem",
  CURL_CA_BUNDLE: "/etc/company.pem",
  DOCKER_HOST: "unix:///run/user/1000/docker.sock",
  DOCKER_CONTEXT: "colima",
  DOCKER_CERT_PATH: "/home/student/certs",
  DOCKER_TLS_VERIFY: "1",
};

const DOWNLOADS = {
  PIP_INDEX_URL: "https://pypi.example.com/simple",
  PIP_FIND_LINKS: "/opt/wheels",
  PIP_CERT: "/etc/company.pem",
  PIP_DEFAULT_TIMEOUT: "180",
  GOPROXY: "https://go.example.com",
  GONOSUMDB: "*",
  GOMODCACHE: "/opt/go",
  XDG_CONFIG_HOME: "/home/student/config",
};

describe("the environment of a program that works on a lab", () => {
  it("is what we know of, and nothing else", () => {
    expect(childEnvironment({ ...FOREIGN, ...OWN, ...DOWNLOADS })).toEqual({ ...OWN, ...WITHOUT_KUBERC });
  });

  it("has no variable that is empty or unset", () => {
    expect(childEnvironment({ HOME: "", PATH: undefined, ISTIO_LAB_STATE: "", http_proxy: " " })).toEqual(
      WITHOUT_KUBERC,
    );
  });

  it("has the variables of AWS only if their prefix is asked for", () => {
    const given = { AWS_PROFILE: "lab", AWS_CA_BUNDLE: "/etc/company.pem" };
    expect(childEnvironment(given, { prefixes: ["AWS_"] })).toEqual({ ...given, ...WITHOUT_KUBERC });
    expect(childEnvironment(given, { prefixes: [] })).toEqual(WITHOUT_KUBERC);
  });

  it("has token, passphrase and cloud credentials for a backend of the user's alone, also an empty passphrase", () => {
    const credentials = {
      PULUMI_ACCESS_TOKEN: "pul-1",
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/home/student/passphrase",
      AWS_PROFILE: "work",
      AZURE_STORAGE_ACCOUNT: "labs",
      GOOGLE_APPLICATION_CREDENTIALS: "/home/student/key.json",
    };
    const given = { ...credentials, PULUMI_STACK: "prod", PULUMI_BACKEND_URL: "s3://another" };
    expect(childEnvironment(given, { isUsersBackend: true })).toEqual({ ...credentials, ...WITHOUT_KUBERC });
    expect(childEnvironment(given)).toEqual(WITHOUT_KUBERC);
  });
});

describe("the environment of a program that downloads", () => {
  it("has the settings with which packages are reached, and no others of theirs", () => {
    const environment = childEnvironment({ ...FOREIGN, ...OWN, ...DOWNLOADS }, { use: "download" });
    expect(environment).toEqual({ ...OWN, ...DOWNLOADS, ...WITHOUT_KUBERC });
  });
});

describe("a proxy", () => {
  const loopback = "localhost,127.0.0.1,127.0.0.0/8,::1";
  const networks = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,.svc,.cluster.local";
  const proxies = { http_proxy: "http://proxy:3128", HTTPS_PROXY: "http://proxy:3128" };
  const exceptions = (text: string) => ({ no_proxy: text, NO_PROXY: text });

  it.each([
    ["no exceptions of the user's", {}, ""],
    [
      "exceptions with blanks",
      { no_proxy: "corp.example.com, .internal ,10.1.2.3" },
      "corp.example.com,.internal,10.1.2.3,",
    ],
    ["two spellings that differ", { no_proxy: "a", NO_PROXY: "b,a" }, "a,b,"],
    ["exceptions for gRPC", { no_proxy: "a", no_grpc_proxy: "b", grpc_proxy: "http://proxy:1" }, "a,"],
  ])("never stands before loopback and the labs' networks: %s", (_, given, own) => {
    expect(childEnvironment({ ...proxies, ...given })).toEqual({
      ...proxies,
      ...exceptions(`${own}${loopback},${networks}`),
      ...WITHOUT_KUBERC,
    });
  });

  it("stands before private networks for downloads: a company's mirror may be behind it", () => {
    const environment = childEnvironment(proxies, { use: "download" });
    expect(environment).toEqual({ ...proxies, ...exceptions(loopback), ...WITHOUT_KUBERC });
  });

  it("that is not set needs no exceptions", () => {
    expect(childEnvironment({ no_proxy: "a, b", NO_PROXY: "c" })).toEqual(WITHOUT_KUBERC);
  });

  it("is named once, with its exceptions unchanged, if the environment has been made before", () => {
    const once = childEnvironment({ ...proxies, no_proxy: "a, b" });
    expect(childEnvironment(once)).toEqual(once);
  });
});

describe("options for Node.js", () => {
  it.each([
    ["--require /opt/agent.js --use-openssl-ca", { NODE_OPTIONS: "--use-openssl-ca" }],
    ["--use-system-ca --inspect", { NODE_OPTIONS: "--use-system-ca" }],
    ["--use-openssl-ca=x --x--use-system-ca", {}],
    ["--max-old-space-size=64", {}],
  ])("are passed on if they choose the certificates to trust: %s", (given, passed) => {
    expect(childEnvironment({ NODE_OPTIONS: given })).toEqual({ ...passed, ...WITHOUT_KUBERC });
  });
});
