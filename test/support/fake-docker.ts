import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The digest that the fake registry gives to every tag that has no other. */
export const firstDigest = `sha256:${"1".repeat(64)}`;

const script = (processor: string, folder: string): string => `#!/bin/sh
state='${folder}'
printf '%s\\n' "$*" >>"$state/calls"
last() { for word; do :; done; printf '%s' "$word"; }
has() { [ -e "$state/images" ] && grep -Fxq -e "$1" "$state/images"; }
case "$1" in
info) echo '{"ServerVersion":"27.0","DefaultRuntime":"runc","CgroupVersion":"2","MemTotal":1}' ;;
pull)
  image=$(last "$@")
  printf '%s\\n' "config=$DOCKER_CONFIG" >>"$state/environment"
  if [ -e "$state/refusal" ]; then
    case "$image" in *"$(head -n 1 "$state/refusal")"*) tail -n +2 "$state/refusal" >&2; exit 1 ;; esac
  fi
  if [ -e "$state/amd64-only" ] && [ "$3" = linux/arm64 ]; then
    echo 'no matching manifest for linux/arm64/v8 in the manifest list entries' >&2; exit 1
  fi
  digest=${firstDigest}
  case "$image" in *@*) digest=\${image#*@} name=\${image%@*} ;; *) name=\${image%:*}; echo "$image" >>"$state/images" ;; esac
  if [ -e "$state/digests" ]; then
    while read -r known is; do [ "$known" != "$image" ] || digest=$is; done <"$state/digests"
  fi
  printf '%s\\n' '0123456789ab: Pulling fs layer' '0123456789ab: Pull complete' "Digest: $digest" "Status: Downloaded newer image for $image"
  printf '%s\\n' "$name@$digest" >>"$state/images"
  printf '%s\\n' "$name@$digest \${3#linux/}" >>"$state/processors"
  ;;
image)
  has "$5" || exit 1
  processor=${processor}
  while read -r known is; do [ "$known" != "$5" ] || processor=$is; done <"$state/processors"
  case "$4" in
  '{{.Architecture}}') printf '%s\\n' "$processor" ;;
  '{{json .Config}}') echo '{"Entrypoint":["/usr/local/bin/entrypoint","/sbin/init"],"Cmd":null}' ;;
  *) echo sha256:1 ;;
  esac
  ;;
tag) printf '%s\\n' "$3" >>"$state/images" ;;
build) [ -e "$state/lost-build" ] || printf '%s\\n' "$3" >>"$state/images" ;;
commit) printf '%s\\n' "$(last "$@")" >>"$state/images" ;;
create) echo container ;;
exec)
  cat >"$state/input"
  if [ -s "$state/exec-refusal" ]; then cat "$state/exec-refusal" >&2; exit 1; fi
  ;;
run | rm | export | cp) ;;
*) exit 9 ;;
esac
`;

/** An engine that keeps lists of its images and does nothing else, as a program `docker`. */
export class FakeDocker {
  private readonly state: string;

  /**
   * @param folder for the program; its lists lie in a folder beside it
   * @param processor what images are for
   */
  public constructor(folder: string, processor: "amd64" | "arm64" = "amd64") {
    this.state = join(folder, "docker-state");
    mkdirSync(this.state, { recursive: true });
    this.write("processors", "");
    const file = join(folder, "docker");
    writeFileSync(file, script(processor, this.state));
    chmodSync(file, 0o755);
  }

  /** Every call of a command so far, as it was typed. */
  public calls(command: string): string[] {
    return this.lines("calls").filter((call) => call.startsWith(`${command} `));
  }

  /** Forgets the calls so far. */
  public forget(): void {
    this.write("calls", "");
  }

  /** Names and digests that the engine knows. */
  public images(): string[] {
    return this.lines("images");
  }

  /** Lets the engine lose images: those whose name has a text in it. */
  public lose(text: string): void {
    this.write(
      "images",
      this.images()
        .filter((name) => !name.includes(text))
        .map((name) => `${name}\n`)
        .join(""),
    );
  }

  /** From now on a pull of a reference gives another digest. */
  public move(reference: string, digest: string): void {
    this.write("digests", `${reference} ${digest}\n`);
  }

  /** From now on pulls of what has a text in its name fail with words of the engine. */
  public refuse(text: string, words: string): void {
    this.write("refusal", `${text}\n${words}\n`);
  }

  /** From now on what is done in a container fails with these words. */
  public refuseExec(words: string): void {
    this.write("exec-refusal", `${words}\n`);
  }

  /** Nothing fails any more. */
  public heal(): void {
    this.write("refusal", "nothing of this name\n");
    this.write("exec-refusal", "");
  }

  /** Writes a switch or a list of the fake engine. */
  public write(name: string, text: string): void {
    writeFileSync(join(this.state, name), text);
  }

  /** Lines of one of its lists. */
  public lines(name: string): string[] {
    const file = join(this.state, name);
    return existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line !== "")
      : [];
  }
}
