import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { claimFolder, MARKER_FILE, readMarker, releaseFolder } from "../../infra/core/folder-marker";
import { describeOwner, ownerLabels, ownershipOf } from "../../infra/core/ownership";
import { cacheFolder, homeFolder, stateFolder } from "../../infra/core/paths";
import { ensureOwner, ensureStackFolder, readOwner } from "../../infra/core/state-folders";
import { ensureCache } from "../../infra/toolchain/cache";
import { ensureBackend, removeOwnBackend } from "../../lab/cli/pulumi/backend";
import { confirm } from "../../lab/cli/ui/confirm";
import { assertNobodyHangsOn, describeNamesake } from "../../lab/cli/destroy/destroy-messages";
import { findLeftovers } from "../../lab/cli/docker/leftovers";
import { main } from "../../lab/cli/main";
import { removeOwn } from "../../lab/cli/docker/remove-own";
import { openSession } from "../../lab/cli/pulumi/session";
import { hasStackFiles, removeStackFiles } from "../../lab/cli/stack/stack-files";
import { ensureStackProject } from "../../lab/cli/stack/stack-project";
import type { UserError } from "../../lab/cli/ui/user-error";
import { FakeBin } from "../support/fake-bin";
import { testFolder } from "../support/test-folder";

let folder: string;
let env: Record<string, string>;
const state = (...path: string[]) => join(folder, "state", ...path);
/** Puts a file into the state folder. */
const put = (name: string) => {
  mkdirSync(join(state(name), ".."), { recursive: true, mode: 0o700 });
  writeFileSync(state(name), "");
};
/** All files of the state folder. */
const tree = () =>
  (readdirSync(state(), { recursive: true }) as string[]).filter((name) => statSync(state(name)).isFile()).sort();

beforeEach(() => {
  folder = testFolder();
  env = { ISTIO_LAB_STATE: state() };
  vi.stubEnv("ISTIO_LAB_STATE", state());
  vi.stubEnv("PULUMI_BACKEND_URL", "");
  vi.stubEnv("PULUMI_ACCESS_TOKEN", "");
});

const owner = { stack: "a.b", stateId: "0123456789abcdef", stateFolder: "/home/a/labs" };

describe("a thing with labels", () => {
  it.each([
    ["ours", ownerLabels(owner)],
    ["ours", ownerLabels({ ...owner, stateFolder: "/moved" })],
    ["another's", ownerLabels({ ...owner, stack: "a-b" })],
    ["another's", ownerLabels({ ...owner, stack: "a.b.c" })],
    ["another's", ownerLabels({ ...owner, stateId: "fedcba9876543210" })],
    ["another's", { "istio-lab.stack": "a.b" }],
    ["another's", { "istio-lab.state": "0123456789abcdef" }],
    ["unmarked", {}],
    ["unmarked", { "istio-lab.stack": "", "istio-lab.state": "" }],
    ["unmarked", { "io.x-k8s.kind.cluster": "istio-lab-a-b-k3s-s" }],
  ])("is %s with %j", (whose, labels) => {
    expect(ownershipOf(labels, owner)).toBe(whose);
  });

  it.each([
    [ownerLabels(owner), 'stack "a.b" of the state folder /home/a/labs'],
    [{ "istio-lab.stack": "dev" }, 'stack "dev" of an unknown state folder'],
    [{}, "something other than istio-lab"],
  ])("with %j belongs to %s", (labels, whose) => {
    expect(describeOwner(labels)).toBe(whose);
  });
});

describe("the folders that variables name", () => {
  it.each([
    ["ISTIO_LAB_STATE", stateFolder, /\/\.local\/state\/istio-lab$/],
    ["XDG_STATE_HOME", stateFolder, /\/\.local\/state\/istio-lab$/],
    ["ISTIO_LAB_CACHE", cacheFolder, /\/\.cache\/istio-lab$/],
    ["XDG_CACHE_HOME", cacheFolder, /\/\.cache\/istio-lab$/],
  ])("an empty %s counts as not set", (name, folderOf, wanted) => {
    expect(folderOf({ [name]: "" })).toMatch(wanted);
  });

  it.each([
    ["ISTIO_LAB_STATE", stateFolder],
    ["XDG_STATE_HOME", stateFolder],
    ["ISTIO_LAB_CACHE", cacheFolder],
    ["XDG_CACHE_HOME", cacheFolder],
    ["HOME", stateFolder],
    ["HOME", cacheFolder],
    ["HOME", homeFolder],
  ])("a path in %s that is not absolute is refused", (name, folderOf) => {
    for (const value of ["labs", "./labs", "~/labs"]) {
      expect(() => folderOf({ [name]: value })).toThrow(`${name}: "${value}" given; write an absolute path, e.g. /`);
    }
  });

  it.each([
    ["empty", { HOME: "" }],
    ["not set", {}],
  ])("lie in the home folder that the machine has noted for the user if HOME is %s", (_, env) => {
    const { homedir } = userInfo();
    expect([homeFolder(env), cacheFolder(env), stateFolder(env)]).toEqual([
      homedir,
      join(homedir, ".cache", "istio-lab"),
      join(homedir, ".local", "state", "istio-lab"),
    ]);
  });

  it.each([["ISTIO_LAB_STATE"], ["ISTIO_LAB_CACHE"], ["HOME"]])(
    "the command line says so in one line for %s and exits with 2",
    async (name) => {
      vi.stubEnv(name, "~/labs");
      const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
      const before = process.exitCode;
      await main(["list"]);
      const code = process.exitCode;
      process.exitCode = before;
      expect([code, write.mock.calls.map(([text]) => String(text)).join("")]).toEqual([
        2,
        expect.stringMatching(
          new RegExp(`^${name}: "~/labs" given; write an absolute path, e\\.g\\. /.+\\n$`),
        ) as string,
      ]);
    },
  );
});

describe("a state folder in the folder of the cache", () => {
  it.each([
    ["the same folder", ""],
    ["a folder in it", "/labs"],
  ])("is refused, since the cache may be deleted: %s", (_, below) => {
    const places = { ISTIO_LAB_CACHE: state(), ISTIO_LAB_STATE: `${state()}${below}` };
    const message = `ISTIO_LAB_STATE: ${state()}${below} lies in the folder of the cache, ${state()}, which is safe to delete; name another one`;
    expect(() => readOwner("dev", places)).toThrow(message);
    expect(() => ensureOwner("dev", places)).toThrow(message);
    expect(existsSync(state())).toBe(false);
  });

  it.each(["..labs", "cache-of-labs"])("is not one that lies beside it, whatever its name: %s", (name) => {
    const places = { ISTIO_LAB_CACHE: join(folder, "cache"), ISTIO_LAB_STATE: join(folder, name) };
    expect(ensureOwner("dev", places).stateFolder).toBe(join(folder, name));
  });
});

describe("a folder that istio-lab makes", () => {
  it("carries an id that stays, for its owner's eyes only", () => {
    const first = claimFolder(state());
    expect(first.id).toMatch(/^[0-9a-f]{16}$/);
    expect(claimFolder(state())).toEqual(first);
    expect([statSync(state()).mode & 0o777, statSync(state(MARKER_FILE)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it("has another id if it is recreated", () => {
    const first = claimFolder(state());
    rmSync(state(), { recursive: true });
    expect(claimFolder(state()).id).not.toBe(first.id);
  });

  it("is not taken over if it holds somebody else's files", () => {
    mkdirSync(state());
    writeFileSync(state("notes.txt"), "mine");
    expect(() => claimFolder(state())).toThrow(
      `${state()}: holds notes.txt, and no mark of istio-lab; name an empty folder or a new one`,
    );
    expect(readdirSync(state())).toEqual(["notes.txt"]);
  });

  it("is taken over if it is empty, with the mode that it has, and never removed", () => {
    mkdirSync(state());
    chmodSync(state(), 0o1777);
    claimFolder(state());
    expect([statSync(state()).mode & 0o7777, readMarker(state())?.made]).toEqual([0o1777, false]);
    expect(releaseFolder(state(), () => false)).toEqual([]);
    expect(readdirSync(state())).toEqual([]);
  });

  it("is refused for secrets if others may enter it", () => {
    mkdirSync(state());
    chmodSync(state(), 0o755);
    expect(() => ensureBackend(env)).toThrow(
      `${state()}: other users may enter it (mode 755), and it holds keys; run chmod 700 on it, or name a folder that does not exist yet`,
    );
    expect(readdirSync(state())).toEqual([]);
  });

  it("gets a new mark if a killed run left half of one, and nothing else", () => {
    mkdirSync(state());
    writeFileSync(state(MARKER_FILE), '{"id"');
    expect(readMarker(state())).toBeUndefined();
    expect(claimFolder(state()).id).toMatch(/^[0-9a-f]{16}$/);
  });

  it("gets no new id in place of a damaged one: its labs would be nobody's", () => {
    ensureBackend(env);
    writeFileSync(state(MARKER_FILE), "");
    expect(() => ensureBackend(env)).toThrow(
      `${state(MARKER_FILE)}: damaged; write {"id":"ID"} into it, with the ID that this prints: docker ps --all --filter label=istio-lab.folder=${state()} `,
    );
  });

  it("is its labs' owner after it was moved, and no second one after it was copied", () => {
    const id = ensureOwner("dev", env).stateId;
    const copy = join(folder, "copy");
    cpSync(state(), copy, { recursive: true });
    const copied = { ISTIO_LAB_STATE: copy };
    for (const use of [readOwner, ensureOwner]) {
      expect(() => use("dev", copied)).toThrow(`${copy}: is a copy of ${state()}, and the labs are that folder's; `);
    }
    rmSync(state(), { recursive: true });
    expect([readOwner("dev", copied)?.stateId, ensureOwner("dev", copied).stateId]).toEqual([id, id]);
  });

  it("is the same behind a link", () => {
    const id = ensureOwner("dev", env).stateId;
    symlinkSync(state(), join(folder, "link"));
    expect(readOwner("dev", { ISTIO_LAB_STATE: join(folder, "link") })?.stateId).toBe(id);
  });

  it("is ignored by the git repository that it lies in", () => {
    ensureBackend(env);
    const git = (...words: string[]) => spawnSync("git", words, { cwd: folder, encoding: "utf8" }).stdout;
    git("init", "--quiet");
    expect(git("status", "--porcelain", "--untracked-files=all")).toBe("");
  });

  it("of a stack is refused if it is another stack's, or the user's own", () => {
    const dev = ensureOwner("dev", env);
    expect(ensureStackFolder(dev)).toBe(state("dev"));
    mkdirSync(state("notes"));
    writeFileSync(state("notes", "a.txt"), "");
    expect(() => ensureStackFolder({ ...dev, stack: "notes" })).toThrow("holds a.txt, and no mark of istio-lab");
    expect(() => ensureStackFolder({ ...dev, stateId: "0" })).toThrow("is marked as the folder of another stack");
  });

  it.each([
    ["a file", () => writeFileSync(state(), "")],
    [
      "below a file",
      () => {
        writeFileSync(join(folder, "file"), "");
        env = { ISTIO_LAB_STATE: join(folder, "file", "state") };
      },
    ],
  ])("is refused in one line if its path is %s", (_, make) => {
    make();
    expect(() => ensureBackend(env)).toThrow(
      /^\S+: the state folder cannot be used: there is a file instead of a folder; name another one in ISTIO_LAB_STATE$/,
    );
  });

  it("is known to nobody before it is made", () => {
    expect(readOwner("dev", env)).toBeUndefined();
    expect(existsSync(state())).toBe(false);
  });
});

describe("the backend's folder", () => {
  it("is left alone if it carries no mark", () => {
    mkdirSync(state(".pulumi"), { recursive: true });
    removeOwnBackend(state());
    expect(existsSync(state(".pulumi"))).toBe(true);
  });

  it.each([
    ["a backend of the user's own", [".passphrase", ".pulumi/stacks/shop/prod.json"]],
    [
      "one with a lab among the user's own stacks",
      [".pulumi/stacks/shop/prod.json", ".pulumi/stacks/istio-lab/dev.json"],
    ],
    ["a lab's among the user's own files", [".pulumi/stacks/istio-lab/dev.json", "invoices.ods"]],
  ])("is not made in %s", (_, files) => {
    files.forEach(put);
    const before = tree();
    expect(() => ensureBackend(env)).toThrow("and no mark of istio-lab");
    expect(tree()).toEqual(before);
  });

  it.each([
    ["with a stack", [".pulumi/stacks/istio-lab/dev.json", "dev/id_ed25519"]],
    ["without a stack", []],
  ])("is taken over from a version without marks, %s", (_, files) => {
    [".passphrase", ".pulumi/meta.yaml", ".projects/dev/Pulumi.yaml", ...files].forEach(put);
    ensureBackend(env);
    expect(readMarker(state())?.made).toBe(false);
  });

  it("stays with its passphrase as long as it holds a stack of another project", () => {
    ensureBackend(env);
    [".pulumi/meta.yaml", ".pulumi/stacks/website/prod.json"].forEach(put);
    const before = tree();
    removeOwnBackend(state());
    expect(tree()).toEqual(before);
    rmSync(state(".pulumi", "stacks", "website", "prod.json"));
    put(".pulumi/stacks/website/prod.json.bak");
    removeOwnBackend(state());
    expect(existsSync(state())).toBe(false);
  });

  it("goes without what Pulumi did not put there", () => {
    ensureBackend(env);
    [".pulumi/meta.yaml", ".pulumi/mine.txt", ".projects/notes/thesis.tex"].forEach(put);
    removeOwnBackend(state());
    expect(tree()).toEqual([MARKER_FILE, ".projects/notes/thesis.tex", ".pulumi/mine.txt"]);
    expect(() => ensureBackend(env)).not.toThrow();
  });
});

describe("the files of a stack", () => {
  const lab = [
    "kubeconfig-k3s-s.yaml",
    "kubeconfig-k3s-s.yaml.partial",
    "kubeconfig-k3s-s.yaml.exclusive",
    "kubeconfig-k3s-s.yaml.lock",
    "kubeconfig-k3s-s.yaml.log",
    "id_ed25519",
    "id_ed25519.pub",
    "id_ed25519.4711",
    "known_hosts-forum-vm",
    "scenario.json",
  ];

  const names = new Set(["k3s-s", "forum-vm"]);
  const removeOf = (stack: string) => removeStackFiles(openSession(stack), names);

  it("go with the stack, its folder and the backend", () => {
    ensureStackFolder(ensureOwner("dev", env));
    lab.forEach((name) => writeFileSync(state("dev", name), ""));
    mkdirSync(state("dev", "kube-cache", "discovery"), { recursive: true });
    expect(removeOf("dev")).toEqual([]);
    expect(existsSync(state())).toBe(false);
  });

  it("leave behind what the lab did not make, also if it is named as if it had, and say so", () => {
    ensureStackFolder(ensureOwner("dev", env));
    const own = [
      "id_ed25519.bak",
      "known_hosts-my-own",
      "known_hosts-of-mine.txt",
      "kubeconfig-backup",
      "kubeconfig-k3s-s.yaml.mine",
      "kubeconfig-mine.yaml",
      "kubeconfig-mine.yaml.log",
      "kubeconfig-prod.yaml",
      "notes.txt",
    ];
    lab.forEach((name) => writeFileSync(state("dev", name), ""));
    const text = "current-context: kind-istio-lab-dev-k3s-s\n";
    writeFileSync(state("dev", "kubeconfig-k3s-s.yaml"), text);
    own.forEach((name) => writeFileSync(state("dev", name), "current-context: production\n"));
    // A copy that the user has made of the lab's.
    writeFileSync(state("dev", "kubeconfig-mine.yaml"), text);
    expect([...removeOf("dev")].sort()).toEqual(own.map((name) => state("dev", name)));
    expect(readdirSync(state("dev")).sort()).toEqual([MARKER_FILE, ...own]);
  });

  it("go by their content, too, if nobody knows the cluster any more", () => {
    ensureStackFolder(ensureOwner("dev", env));
    writeFileSync(state("dev", "kubeconfig-north.yaml"), "current-context: kind-istio-lab-dev-north\n");
    writeFileSync(state("dev", "kubeconfig-north.yaml.exclusive"), "");
    expect(removeOf("dev")).toEqual([]);
  });

  it("leave behind a kubeconfig of the user's with the name of a cluster", () => {
    ensureStackFolder(ensureOwner("dev", env));
    writeFileSync(state("dev", "kubeconfig-k3s-s.yaml"), "current-context: production\n");
    expect(removeOf("dev")).toEqual([state("dev", "kubeconfig-k3s-s.yaml")]);
  });

  it("leave behind a kubeconfig into which somebody else has written", () => {
    ensureStackFolder(ensureOwner("dev", env));
    const named = (names: readonly string[]) =>
      ["contexts", "clusters", "users"].map((list) => [list, names.map((name) => ({ name }))]);
    const put = (names: readonly string[]) =>
      writeFileSync(state("dev", "kubeconfig-k3s-s.yaml"), JSON.stringify(Object.fromEntries(named(names))));
    put(["kind-istio-lab-dev-k3s-s", "kind-mine"]);
    expect(removeOf("dev")).toEqual([state("dev", "kubeconfig-k3s-s.yaml")]);
    put(["kind-istio-lab-dev-k3s-s"]);
    expect(removeOf("dev")).toEqual([]);
  });

  it("are none in a state folder without our mark, whatever is in it", () => {
    put(".projects/notes/thesis.tex");
    expect([hasStackFiles(openSession("notes")), removeOf("notes")]).toEqual([false, []]);
    expect(tree()).toEqual([".projects/notes/thesis.tex"]);
  });

  it("are only those that the command line makes, in the stack's copy of the project, too", () => {
    ensureOwner("notes", env);
    ensureStackProject("notes", env);
    const own = [".projects/notes/Pulumi.mine.yaml", ".projects/notes/thesis.tex"];
    [...own, ".projects/notes/Pulumi.notes.yaml"].forEach(put);
    expect([...removeOf("notes")].sort()).toEqual(own.map((name) => state(name)));
  });

  it("are none in a folder that another made, whatever its name", () => {
    ensureOwner("dev", env);
    mkdirSync(state("notes"));
    writeFileSync(state("notes", "id_ed25519"), "the user's own");
    writeFileSync(state("notes", MARKER_FILE), JSON.stringify({ id: "another", stack: "notes" }));
    removeOf("notes");
    expect(readFileSync(state("notes", "id_ed25519"), "utf8")).toBe("the user's own");
  });
});

describe("what a stack has on the engine", () => {
  /** Docker's lists: name, labels of stack, state, folder and name, networks, state. */
  const engineOf = (id: string, renamed = false) => {
    const row = (...cells: string[]) => JSON.stringify(cells);
    const lists = {
      ps: [
        row("mine", "", "", "", "", "istio-lab-dev-network,bridge", "running"),
        row("vm", "dev", id, "/s", "vm", "istio-lab-dev-network", "paused"),
        row("node", "dev", id, "/s", "node", "istio-lab-dev-network", "running"),
        row("experiment", "dev", id, "/s", "vm", "bridge", "exited"),
        row("of-a-longer-name", "dev-2", id, "/s", "of-a-longer-name", "istio-lab-dev-2-network", "running"),
        row("other-users", "dev", "ffff", "/home/b, c", "other-users", "istio-lab-dev-network", "running"),
        ...(renamed ? [row("my-vm", "dev", id, "/s", "forum-vm", "istio-lab-dev-network", "running")] : []),
      ],
      network: [row("bridge", "", "", ""), row("istio-lab-dev-network", "dev", id, "/s")],
      volume: [row("data", "", "", "")],
    };
    return new FakeBin({
      docker: Object.entries(lists)
        .map(([verb, lines]) => `[ "$1" != ${verb} ] || printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}`)
        .join("\n"),
    });
  };
  const look = async (renamed = false) => {
    const known = ensureOwner("dev", env);
    const bin = engineOf(known.stateId, renamed);
    const PATH = bin.path;
    return { bin, found: await findLeftovers(known, { ...process.env, PATH }) };
  };

  it("is what carries its exact name and its state folder's id, and no container that inherited them from an image; all else is only named", async () => {
    const { found } = await look();
    expect(found).toEqual({
      own: [
        { kind: "container", name: "node", state: "running" },
        { kind: "container", name: "vm", state: "paused" },
        { kind: "network", name: "istio-lab-dev-network" },
      ],
      attached: [
        { kind: "container", name: "mine", owner: "something other than istio-lab", network: "istio-lab-dev-network" },
        {
          kind: "container",
          name: "other-users",
          owner: 'stack "dev" of the state folder /home/b, c',
          network: "istio-lab-dev-network",
        },
      ],
      namesakes: [{ kind: "container", name: "other-users", owner: 'stack "dev" of the state folder /home/b, c' }],
    });
  });

  it("is named with its old name if somebody has renamed it", async () => {
    const { found } = await look(true);
    const isMine = ({ name }: { readonly name: string }) => name === "my-vm";
    expect(found.namesakes.filter(isMine).map(describeNamesake)).toEqual([
      "container my-vm, which was made as forum-vm; if it is the lab's: docker rename my-vm forum-vm",
    ]);
    expect(() => assertNobodyHangsOn("dev", "nothing was removed", found.attached.filter(isMine))).toThrow(
      "it was made as forum-vm; give it its name back: docker rename my-vm forum-vm",
    );
  });

  it("is nothing if there is no state folder, whatever the engine has", async () => {
    const bin = engineOf("");
    const PATH = bin.path;
    const { own } = await findLeftovers(openSession("dev").owner, { ...process.env, PATH });
    expect(own).toEqual([]);
  });

  it("is removed by name, containers before the network", async () => {
    const { bin, found } = await look();
    const PATH = bin.path;
    await removeOwn(found.own, { ...process.env, PATH });
    expect(bin.calls().filter((call) => call.includes(" rm "))).toEqual([
      "docker rm --force --volumes node",
      "docker rm --force --volumes vm",
      "docker network rm istio-lab-dev-network",
    ]);
  });
});

describe("a question before something is removed", () => {
  const asked = async (answer: string | undefined, isTTY = true) => {
    const input = Object.assign(new PassThrough(), { isTTY });
    const output = Object.assign(new PassThrough(), { isTTY });
    const confirmation = {
      what: ["container node"],
      question: "destroy stack dev?",
      yes: false,
      repeat: "REPEAT --yes",
    };
    const done = confirm(confirmation, { input, output });
    if (answer === undefined) {
      input.end();
    } else {
      input.write(`${answer}\n`);
    }
    const said = () => String(output.read());
    return done
      .then(() => ["yes", said()])
      .catch((error: unknown) => [(error as UserError).message, said(), (error as UserError).exitCode]);
  };
  const QUESTION = "  - container node\ndestroy stack dev? [y/N] ";

  it.each(["y", "Y", "yes", " Yes "])("takes %j for yes, and lists what goes", async (answer) => {
    expect(await asked(answer)).toEqual(["yes", QUESTION]);
  });

  it.each(["", "n", "no", "yesterday", "true"])("takes %j for no", async (answer) => {
    expect(await asked(answer)).toEqual(["nothing was removed", QUESTION, 1]);
  });

  it("takes a closed terminal for no", async () => {
    expect(await asked(undefined)).toEqual(["nothing was removed", expect.stringContaining(QUESTION) as string, 1]);
  });

  it("is not asked if nobody is there to answer: that is an error with the command that needs no answer", async () => {
    expect(await asked("y", false)).toEqual([
      "destroy stack dev? There is no terminal to ask on; to agree in advance: REPEAT --yes",
      "null",
      2,
    ]);
  });
});

describe("the cache folder", () => {
  it.each([
    ["an empty one", [], true],
    ["one into which npm is installing", ["npm-0123456789ab.lock"], true],
    ["a home folder with programs in it", ["bin", ".bashrc"], false],
    ["a folder of tools of the user's", ["bin"], false],
    ["a folder of the user's with names like ours", ["bin", "work", "store", "logs", "toolchain.json"], false],
    ["a folder of the user's with settings", ["settings", "source.json"], false],
    ["one with a file of the user's", ["npm-0123456789ab.lock", "mine.txt"], false],
  ])("is %s", (_, names, isTaken) => {
    vi.stubEnv("ISTIO_LAB_CACHE", state());
    mkdirSync(state());
    names.forEach((name) => writeFileSync(state(name), ""));
    if (isTaken) {
      expect(ensureCache()).toBe(state());
      expect(readMarker(state())?.id).toMatch(/^[0-9a-f]{16}$/);
    } else {
      expect(() => ensureCache()).toThrow("and no mark of istio-lab; name an empty folder or a new one");
      expect(readdirSync(state()).sort()).toEqual([...names].sort());
    }
  });

  it.runIf(process.getuid?.() === 0)(
    "that is another user's is not used by root, whose files its owner could not remove",
    () => {
      vi.stubEnv("ISTIO_LAB_CACHE", state());
      mkdirSync(state());
      chownSync(state(), 432_100, 432_100);
      expect(() => ensureCache()).toThrow(
        `${state()}: the cache folder is user 432100's, and this is root; run it as user 432100, or name a folder of your own in ISTIO_LAB_CACHE`,
      );
      expect(readdirSync(state())).toEqual([]);
    },
  );
});
