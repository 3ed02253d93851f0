import type { Surroundings } from "./surroundings";

/** The container that tries whether a published port is reached. */
export interface Trial {
  /** An image with OpenSSH's server: the one of VMs and client hosts. */
  readonly image: string;
  /** The mark of its owner. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The engines of macOS forward a port only after they have looked for new ones: Lima and Colima do so every three seconds. */
const DEADLINE_SECONDS = { linux: 3, others: 8 } as const;

/** The container ends by itself, should we be killed before it is removed. */
const LIFETIME_SECONDS = 30;

/** The server greets whoever connects. Docker's proxy accepts a connection even if nothing listens behind it: only words are a proof. */
const SERVER = `install -d /run/sshd
ssh-keygen -q -t ed25519 -N "" -f /tmp/key
exec /usr/sbin/sshd -D -h /tmp/key`;
const GREETING = "SSH-";

/**
 * Finds out whether a port that a container publishes on 127.0.0.1 is reached from here: starts a container that is gone again afterwards.
 * @returns undefined if it is reached, else what happened, e.g. `ECONNREFUSED for 3 s`
 */
export async function publishedPortProblem(trial: Trial, surroundings: Surroundings): Promise<string | undefined> {
  const { ask } = surroundings;
  const labels = Object.entries(trial.labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
  const options = ["--detach", "--rm", "--pull", "never", "--publish", "127.0.0.1::22", ...labels];
  const command = ["--entrypoint", "timeout", trial.image, String(LIFETIME_SECONDS), "bash", "-euc", SERVER];
  const started = await ask("docker", ["run", ...options, ...command]);
  const id = started.stdout.trim().split("\n").at(-1) ?? "";
  if (!started.ok) {
    return `the container that tries it does not start: ${started.stderr.trim().split("\n")[0] ?? ""}`;
  }
  try {
    const published = await ask("docker", ["port", id, "22/tcp"]);
    const port = /:(\d+)$/m.exec(published.stdout)?.[1];
    return port === undefined
      ? `the container that tries it published no port: ${published.stderr.trim()}`
      : await greetingProblem(Number(port), surroundings);
  } finally {
    await ask("docker", ["rm", "--force", id]);
  }
}

async function greetingProblem(
  port: number,
  { platform, greeting, now, pause }: Surroundings,
): Promise<string | undefined> {
  const seconds = platform === "linux" ? DEADLINE_SECONDS.linux : DEADLINE_SECONDS.others;
  const start = now();
  for (;;) {
    const { text, problem = "another server answers" } = await greeting(port);
    if (text.startsWith(GREETING)) {
      return undefined;
    }
    if (now() - start >= seconds * 1000) {
      return `${problem} for ${seconds} s`;
    }
    await pause(200);
  }
}
