import { describe, expect, it } from "vitest";
import { engineProblem, engineRemedy, settingRemedy } from "../../infra/core/engine-problem";

const HOME = "/home/student";

// What docker 28 says against an engine 20.10, word for word.
const TOO_NEW = "Error response from daemon: client version 1.60 is too new. Maximum supported API version is 1.41";
const TOO_OLD =
  "Error response from daemon: client version 1.2 is too old. Minimum supported API version is 1.12, please upgrade your client to a newer version";
const NO_PAGE = "Error response from daemon: page not found";
const noFile = (folder: string) =>
  `Failed to initialize: unable to resolve docker endpoint: open ${folder}/ca.pem: no such file or directory`;
const ADDRESS = "tcp://127.0.0.1:23751";
const PLAIN = `error during connect: Get "https://127.0.0.1:23751/v1.50/containers/json": http: server gave HTTP response to HTTPS client`;
const UNKNOWN =
  'error during connect: Get "https://127.0.0.1:23761/v1.50/containers/json": tls: failed to verify certificate: x509: certificate signed by unknown authority';
const NO_CERTIFICATE = 'Get "https://127.0.0.1:23761/v1.50/containers/json": remote error: tls: certificate required';
const INVALID = "Failed to initialize: failed to retrieve context tls info: ca.pem seems invalid";
const WANTS_TLS = "Error response from daemon: Client sent an HTTP request to an HTTPS server.";
const NO_CONTEXT =
  'Failed to initialize: unable to resolve docker endpoint: context "nope": context not found: open /c/meta.json: no such file or directory';
const NO_ADDRESS = "Failed to initialize: unable to resolve docker endpoint: invalid bind address format: ftp://ab";
const SILENT = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
const NO_RIGHT =
  'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/info": dial unix /var/run/docker.sock: connect: permission denied';
const JOIN =
  'sudo usermod -aG docker "$USER" # then log in again; or use an engine of your own: https://docs.docker.com/engine/security/rootless/';

const TLS = { DOCKER_TLS_VERIFY: "1" };
const CERTIFICATES = "ca.pem, cert.pem and key.pem";

describe("a setting that keeps docker from its engine", () => {
  it.each<[string, string, Record<string, string>, string]>([
    ["a version that is too new", TOO_NEW, { DOCKER_API_VERSION: "1.60" }, "unset DOCKER_API_VERSION"],
    ["a version that is too old", TOO_OLD, { DOCKER_API_VERSION: "1.2" }, "unset DOCKER_API_VERSION"],
    ["a version that is none", NO_PAGE, { DOCKER_API_VERSION: "foo" }, "unset DOCKER_API_VERSION"],
    [
      "a version, beside an address",
      TOO_NEW,
      { DOCKER_API_VERSION: "1.60", DOCKER_HOST: ADDRESS },
      "unset DOCKER_API_VERSION",
    ],
    ["a client that is too old by itself", TOO_OLD, {}, "install a newer docker client"],
    [
      "a folder without certificates",
      noFile("/nope"),
      { ...TLS, DOCKER_CERT_PATH: "/nope" },
      `name the folder of the engine's ${CERTIFICATES} in DOCKER_CERT_PATH, or unset DOCKER_CERT_PATH DOCKER_TLS_VERIFY`,
    ],
    [
      "no certificates in docker's own folder",
      noFile("/home/student/.docker"),
      TLS,
      `put the engine's ${CERTIFICATES} into /home/student/.docker, or unset DOCKER_TLS_VERIFY`,
    ],
    [
      "TLS without a check, and no certificates",
      noFile("/home/student/.docker"),
      { DOCKER_TLS: "1" },
      `put the engine's ${CERTIFICATES} into /home/student/.docker, or unset DOCKER_TLS`,
    ],
    ...[UNKNOWN, NO_CERTIFICATE, INVALID].map((said): [string, string, Record<string, string>, string] => [
      `certificates of another engine (${said.slice(-24)})`,
      said,
      { ...TLS, DOCKER_HOST: "tcp://127.0.0.1:23761", DOCKER_CERT_PATH: "/c" },
      `name the folder of the engine's ${CERTIFICATES} in DOCKER_CERT_PATH, or unset DOCKER_CERT_PATH DOCKER_TLS_VERIFY`,
    ]),
    [
      "TLS to a plain engine",
      PLAIN,
      { ...TLS, DOCKER_HOST: ADDRESS },
      "the engine does not speak TLS: unset DOCKER_TLS_VERIFY",
    ],
    [
      "no TLS to an engine that wants it",
      WANTS_TLS,
      { DOCKER_HOST: ADDRESS },
      "the engine wants TLS: export DOCKER_TLS_VERIFY=1",
    ],
    ["a context that is not there", NO_CONTEXT, { DOCKER_CONTEXT: "nope" }, "unset DOCKER_CONTEXT"],
    ["an address that is none", NO_ADDRESS, { DOCKER_HOST: "ftp://ab" }, "unset DOCKER_HOST"],
  ])("is named: %s", (_, said, variables, remedy) => {
    const env = { HOME, ...variables };
    expect([settingRemedy(said, env), engineRemedy(said, env)]).toEqual([remedy, remedy]);
  });

  it.each<[string, string, Record<string, string>, string | undefined]>([
    ["the engine of this machine", SILENT, {}, undefined],
    ["that one, whatever version is asked for", SILENT, { DOCKER_API_VERSION: "1.41" }, undefined],
    [
      "an engine of another address",
      SILENT,
      { DOCKER_HOST: ADDRESS },
      `start the Docker engine at DOCKER_HOST=${ADDRESS}, or unset DOCKER_HOST`,
    ],
    ["a right of this user's", NO_RIGHT, {}, JOIN],
    ["that right, though the socket is named", NO_RIGHT, { DOCKER_HOST: "unix:///var/run/docker.sock" }, JOIN],
    [
      "a right to use another user's engine",
      NO_RIGHT.replace("/var/run/", "/run/user/1000/"),
      { DOCKER_HOST: "unix:///run/user/1000/docker.sock" },
      "ask for the right to use the Docker engine at DOCKER_HOST=unix:///run/user/1000/docker.sock, or unset DOCKER_HOST",
    ],
    [
      "a key that an engine's machine refuses",
      "error during connect: command [ssh -- lab docker system dial-stdio]: lab: Permission denied (publickey).",
      { DOCKER_HOST: "ssh://lab" },
      "start the Docker engine at DOCKER_HOST=ssh://lab, or unset DOCKER_HOST",
    ],
  ])("is not blamed for %s", (_, said, variables, remedy) => {
    const env = { HOME, ...variables };
    expect([settingRemedy(said, env), engineRemedy(said, env)]).toEqual([undefined, remedy]);
  });
});

describe("what is wrong with an engine", () => {
  it.each([
    [
      "a right that is missing, with its socket",
      NO_RIGHT,
      "permission denied: this user may not use the Docker socket unix:///var/run/docker.sock",
    ],
    ["docker's first line", `\n${SILENT}\nmore`, SILENT],
    ["nothing, if docker has said nothing", "", ""],
  ])("is said in one line: %s", (_, said, problem) => {
    expect(engineProblem(said)).toBe(problem);
  });
});
