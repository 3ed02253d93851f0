import { join } from "node:path";
import { ask, environmentFor } from "../core/child";
import { findProgram } from "../core/workstation/find-program";
import { HERE } from "../core/workstation/surroundings";

/** Installs take long on slow networks. */
const installMilliseconds = 15 * 60_000;

/** Whether packages can be installed here: the user is root on Debian, Ubuntu or a child of theirs. */
export function canInstallPackages(): boolean {
  if (HERE.platform !== "linux" || !HERE.isRoot || findProgram("apt-get") === undefined) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(HERE.readText("/etc/os-release") ?? "");
}

/**
 * Installs Debian packages, after saying so.
 * @param reason why, for the user, e.g. `Docker is missing`
 * @throws Error that names the command if the user cannot, or if apt fails
 */
export async function installPackages(
  packages: readonly string[],
  reason: string,
  options: { readonly say: (text: string) => void },
): Promise<void> {
  const command = `apt-get install -y ${packages.join(" ")}`;
  if (!canInstallPackages()) {
    throw new Error(
      `${reason}; install it, on Debian and Ubuntu with: sudo ${command}; then run: npm run lab -- setup`,
    );
  }
  options.say(`${reason}: installing with ${command}`);
  const script = join(__dirname, "apt-install.sh");
  const env = { ...environmentFor({ use: "download" }), PACKAGES: packages.join(" ") };
  const answer = await ask("bash", ["-p", script], { env, timeoutMilliseconds: installMilliseconds });
  if (!answer.ok) {
    const last = `${answer.stdout}\n${answer.stderr}`.trim().split("\n").slice(-8);
    throw new Error(`${reason}, and ${command} failed:\n${last.map((text) => `    ${text}`).join("\n")}`);
  }
}

/**
 * Installs the packages of those programs that are missing.
 * @param programs program name -> Debian package
 */
export async function ensurePrograms(
  programs: Readonly<Record<string, string>>,
  options: { readonly say: (text: string) => void },
): Promise<void> {
  const path = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;
  const missing = Object.keys(programs).filter((name) => findProgram(name, path) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => programs[name] ?? name))];
  await installPackages(packages, `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`, options);
}
