import { chosenEngine, dockerFolder, tlsVariables } from "./engine-choice";
import type { Environment } from "./paths";

/** What docker says if the engine runs and does not let this user in, with the socket. */
const NO_RIGHT = /permission denied.*?unix:\/\/([^\s:]+)/i;

/** How to run an engine without root. */
const ROOTLESS = "https://docs.docker.com/engine/security/rootless/";

/** The socket of the engine that a system service runs here. */
const SYSTEM_SOCKET = /^(\/var)?\/run\/docker\.sock$/;

/** Whether the engine runs and this user may not use its socket. */
export function isRefused(said: string): boolean {
  return NO_RIGHT.test(said);
}

/**
 * What is wrong with an engine that has not answered, in one line.
 * @param said what docker has said
 */
export function engineProblem(said: string): string {
  const [, socket] = NO_RIGHT.exec(said) ?? [];
  return socket === undefined
    ? (said.trim().split("\n")[0] ?? "")
    : `permission denied: this user may not use the Docker socket unix://${socket}`;
}

/**
 * What to do about a setting of the user's that keeps docker from its engine, whether or not that runs: to start it would help nobody.
 * @param said what docker has said
 * @param env the user's own environment
 * @returns undefined if no setting is to blame
 */
export function settingRemedy(said: string, env: Environment): string | undefined {
  return versionRemedy(said, env) ?? tlsRemedy(said, env) ?? addressRemedy(said, env);
}

/**
 * What to do about an engine that has not answered.
 * @param said what docker has said
 * @param env the user's own environment
 * @returns a part of a sentence, e.g. `unset DOCKER_API_VERSION`; undefined if the engine of this machine is to be started
 */
export function engineRemedy(said: string, env: Environment): string | undefined {
  const remedy = settingRemedy(said, env);
  if (remedy !== undefined) {
    return remedy;
  }
  const [, socket] = NO_RIGHT.exec(said) ?? [];
  if (socket !== undefined && SYSTEM_SOCKET.test(socket)) {
    return `sudo usermod -aG docker "$USER" # then log in again; or use an engine of your own: ${ROOTLESS}`;
  }
  const chosen = chosenEngine(env);
  return (
    chosen && `${socket === undefined ? "start" : "ask for the right to use"} ${chosen.engine}, or ${chosen.remedy}`
  );
}

/** Without the variable, docker agrees with the engine on a version of the API. */
function versionRemedy(said: string, env: Environment): string | undefined {
  const [, misfit] = /client version \S+ is too (new|old)/.exec(said) ?? [];
  if (env["DOCKER_API_VERSION"]) {
    return misfit !== undefined || said.includes("page not found") ? "unset DOCKER_API_VERSION" : undefined;
  }
  return misfit && `install a newer ${misfit === "old" ? "docker client" : "Docker engine"}`;
}

function tlsRemedy(said: string, env: Environment): string | undefined {
  const wanted = tlsVariables(env);
  if (wanted.length === 0) {
    const speaksTls = said.includes("HTTP request to an HTTPS server");
    return speaksTls ? "the engine wants TLS: export DOCKER_TLS_VERIFY=1" : undefined;
  }
  if (said.includes("server gave HTTP response to HTTPS client")) {
    return `the engine does not speak TLS: unset ${wanted.join(" ")}`;
  }
  if (!/\b(?:ca|cert|key)\.pem\b|x509:|\btls:/.test(said)) {
    return undefined;
  }
  return env["DOCKER_CERT_PATH"]
    ? `name the folder of the engine's ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH, or unset ${["DOCKER_CERT_PATH", ...wanted].join(" ")}`
    : `put the engine's ca.pem, cert.pem and key.pem into ${dockerFolder(env)}, or unset ${wanted.join(" ")}`;
}

/** What docker could not even ask: an address that is none, a context that is not there. */
function addressRemedy(said: string, env: Environment): string | undefined {
  return /unable to resolve docker endpoint|context not found|no such host/.test(said)
    ? chosenEngine(env)?.remedy
    : undefined;
}
