import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { isOwnCache } from "./cache-mark";
import { currentContext, dockerFolder, dockerSettings, tlsVariables } from "./engine-choice";
import { cacheFolder, temporaryFolder, type Environment } from "./paths";
import { throughDraft, writeWhole } from "./whole-file";

/**
 * Settings files in place of the user's for the programs that work on a lab: curl's and istioctl's say nothing, and docker's
 * holds no more than which engine is meant and how it is reached. What it says of output formats, of proxies in containers and of registries
 * must not change what our calls do.
 * @param given the environment of this process
 * @returns the variables that lead the programs to these files, which are in the cache folder, or in a temporary one if that is not ours
 */
export function ensureChildSettings(given: Environment): Readonly<Record<string, string>> {
  const folder = settingsFolder(given);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeIfChanged(join(folder, ".curlrc"), "");
  writeIfChanged(join(folder, "istioctl.yaml"), "{}\n");
  return {
    CURL_HOME: folder,
    ISTIOCONFIG: join(folder, "istioctl.yaml"),
    DOCKER_CONFIG: ensureDockerSettings(folder, given),
    ...certificates(given),
  };
}

/** This process's own, in place of one in a cache folder that is not ours. */
let temporary: string | undefined;

function settingsFolder(given: Environment): string {
  const cache = resolve(cacheFolder(given));
  if (isOwnCache(cache)) {
    return join(cache, "settings");
  }
  if (temporary === undefined || !existsSync(temporary)) {
    const folder = mkdtempSync(join(temporaryFolder(given), "istio-lab-settings-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    temporary = folder;
  }
  return temporary;
}

/** Docker looks for ca.pem, cert.pem and key.pem in its settings folder, which is ours for the programs that we start. */
function certificates(given: Environment): Readonly<Record<string, string>> {
  const named = given["DOCKER_CERT_PATH"];
  // Programs other than docker take a folder alone for the wish to speak TLS.
  if (named) {
    return { DOCKER_CERT_PATH: resolve(named) };
  }
  return tlsVariables(given).length > 0 ? { DOCKER_CERT_PATH: dockerFolder(given) } : {};
}

/** One folder for each of the user's: two terminals may mean two engines. */
function ensureDockerSettings(settings: string, given: Environment): string {
  const users = dockerFolder(given);
  const name = createHash("sha256").update(users).digest("hex").slice(0, 12);
  const folder = join(settings, `docker-${name}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { HttpHeaders: headers } = dockerSettings(given);
  // Headers may be what a gateway in front of an engine lets its users in by.
  const text = JSON.stringify({ currentContext: currentContext(given), HttpHeaders: headers });
  writeIfChanged(join(folder, "config.json"), `${text}\n`);
  linkTo(join(users, "contexts"), join(folder, "contexts"));
  return folder;
}

function linkTo(target: string, link: string): void {
  const found = lstatSync(link, { throwIfNoEntry: false });
  if (!existsSync(target)) {
    rmSync(link, { force: true });
  } else if (found?.isSymbolicLink() !== true || readlinkSync(link) !== target) {
    // Another process sees the old link or the new one.
    throughDraft(link, (draft) => {
      symlinkSync(target, draft);
      renameSync(draft, link);
    });
  }
}

function writeIfChanged(file: string, text: string): void {
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    writeWhole(file, text);
  }
}
