import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { registryManifest, registrySteps, registryTools, runcShimStep } from "../../infra/toolchain/registry/index";
import { programFolder, scriptFile } from "../../infra/toolchain/registry/sources";
import type { ExecOptions, StepContext } from "../../infra/toolchain/step";
import { testFolder } from "../support/test-folder";

const steps = registrySteps({ restrictedKernel: true });
const names = steps.map((step) => step.name);
const scripts = readdirSync(scriptFile(""));

const has = (command: string): boolean => spawnSync(command, ["--version"]).error === undefined;

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

describe("registrySteps", () => {
  it("names each step once, and needs only steps that there are", () => {
    expect(names).toHaveLength(new Set(names).size);
    for (const step of steps) {
      expect(names).toEqual(expect.arrayContaining([...step.needs]));
    }
  });

  it("has a step for every tool and for the shim", () => {
    expect(names).toEqual(expect.arrayContaining([...Object.values(registryTools), runcShimStep]));
  });

  it("needs the shim in the node only if the kernel withholds the capability", () => {
    const needs = (restrictedKernel: boolean): readonly string[] =>
      registrySteps({ restrictedKernel }).find((step) => step.name === "node-image")?.needs ?? [];
    expect(needs(true)).toContain(runcShimStep);
    expect(needs(false)).not.toContain(runcShimStep);
  });

  it("puts crictl and every whole tree of an image into the node", () => {
    const needs = steps.find((step) => step.name === "node-image")?.needs;
    expect(needs).toEqual(expect.arrayContaining(["node-packages", "crictl", "prometheus", "nginx", "zipkin"]));
  });

  it("lets every script decide the key of a step, so that a change of it is built", () => {
    const inputs = steps.flatMap((step) => step.inputs);
    for (const name of scripts) {
      expect(inputs).toContain(readFileSync(scriptFile(name), "utf8"));
    }
  });

  it("loses its engine image and notices", async () => {
    const step = steps.find(({ name }) => name === "vm-engine-image");
    writeFileSync(join(folder, "image"), "istio-lab/vm:abc");
    writeFileSync(
      join(folder, "docker"),
      '#!/bin/sh\n[ "$1 $2 $5" = "image inspect istio-lab/vm:abc" ] && [ ! -e "$0.lost" ]\n',
    );
    chmodSync(join(folder, "docker"), 0o755);
    vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
    expect(await step?.isWhole?.(folder)).toBe(true);
    writeFileSync(join(folder, "docker.lost"), "");
    expect(await step?.isWhole?.(folder)).toBe(false);
  });
});

describe("a step that fetches", () => {
  /** Runs a step with a context that runs programs of this folder's, and notes what they were called with. */
  async function result(name: string, programs: Readonly<Record<string, string>>) {
    for (const [program, text] of Object.entries(programs)) {
      mkdirSync(dirname(join(folder, program)), { recursive: true });
      writeFileSync(join(folder, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const calls: string[] = [];
    const [out, work] = ["out", "work"].map((one) => join(folder, one));
    mkdirSync(out!);
    mkdirSync(work!);
    const context = {
      ...{ out, work, note: () => undefined, signal: new AbortController().signal },
      result: (step: string) => join(folder, step),
      exec: (command: string, args: readonly string[], options: ExecOptions = {}) => {
        calls.push([command, ...args].join(" "));
        const path = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
        return Promise.resolve(
          execFileSync(command, args, { encoding: "utf8", env: { ...process.env, ...options.env, PATH: path } }),
        );
      },
    } as unknown as StepContext;
    await steps.find((step) => step.name === name)!.run(context);
    return { calls, out: out! };
  }

  it("keeps of Istio's samples what the labs use, and lets the cache be removed", async () => {
    const module = join(folder, "module");
    for (const file of ["addons/extras/zipkin.yaml", "bookinfo/platform/kube/bookinfo.yaml", "helloworld/a.yaml"]) {
      mkdirSync(dirname(join(module, "samples", file)), { recursive: true });
      writeFileSync(join(module, "samples", file), file);
    }
    execFileSync("chmod", ["-R", "a-w", module]);
    const go = `case "$1" in env) echo '{}' ;; mod) echo '{"Dir": "${module}"}' ;; esac`;
    const { out } = await result("istio-samples", { "go/goroot/bin/go": go });
    execFileSync("chmod", ["-R", "u+w", module]);
    expect(readdirSync(out).sort()).toEqual(["addons", "bookinfo"]);
    expect(readFileSync(join(out, "addons", "extras", "zipkin.yaml"), "utf8")).toBe("addons/extras/zipkin.yaml");
    const modes = [out, join(out, "addons"), join(out, "addons", "extras", "zipkin.yaml")];
    expect(modes.map((file) => statSync(file).mode & 0o200)).toEqual([0o200, 0o200, 0o200]);
  });

  it("asks Maven for Zipkin's server by its name, and gives the file to what makes the layer", async () => {
    const mvn = `for word in "$@"; do case "$word" in -DoutputDirectory=*) touch "\${word#*=}/zipkin-server-slim.jar" ;; esac; done`;
    const bash = `[ -f "$LAB_JAR" ] && echo "$LAB_SCRIPT" >"$LAB_OUT/made"`;
    const { calls, out } = await result("zipkin", { mvn, bash });
    expect(calls[0]).toMatch(/^mvn .*--strict-checksums .*:copy -Dartifact=io\.zipkin:zipkin-server:[\d.]+:jar:slim /);
    expect(readFileSync(join(out, "made"), "utf8").trim()).toBe(scriptFile("zipkin.sh"));
  });
});

describe("registryManifest", () => {
  it("names images and files of the steps' results", () => {
    for (const step of ["node-engine-image", "vm-engine-image"]) {
      mkdirSync(join(folder, step));
      writeFileSync(join(folder, step, "image"), `istio-lab/${step}:1\n`);
    }
    const manifest = registryManifest((step) => join(folder, step));
    expect(manifest.images).toEqual({
      "kind-node": "istio-lab/node-engine-image:1",
      vm: "istio-lab/vm-engine-image:1",
      webapp: "docker.io/istioinaction/webapp:lab",
      catalog: "docker.io/istioinaction/catalog:lab",
      forum: "docker.io/istioinaction/forum:lab",
      "simple-backend": "docker.io/istioinaction/simple-backend:lab",
      netshoot: "docker.io/istio-lab/netshoot:lab",
      prometheus: "docker.io/istio-lab/prometheus:lab",
      tracing: "docker.io/istio-lab/zipkin:lab",
      nginx: "docker.io/library/nginx:alpine",
    });
    expect(manifest.files.istioSidecarPackage).toBe(join(folder, "istio-sidecar", "istio-sidecar.deb"));
    expect(manifest.files.istioSamples).toBe(join(folder, "istio-samples"));
    expect(manifest.addons).toEqual({ tracing: "zipkin", discovery: "dns" });
    expect(manifest.unavailable.map(({ name }) => name)).toEqual(["grafana", "kiali", "kube-ops-view", "bookinfo"]);
  });
});

describe.skipIf(!has("shellcheck"))("scripts", () => {
  it.each(scripts)("%s passes shellcheck", (name) => {
    expect(() => execFileSync("shellcheck", [scriptFile(name)], { encoding: "utf8" })).not.toThrow();
  });
});

describe("scripts without their values", () => {
  it.each(scripts)("%s says which value is missing and does nothing", (name) => {
    const ended = spawnSync("bash", [scriptFile(name)], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
      cwd: folder,
    });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/LAB_[A-Z_]+: parameter null or not set/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.skipIf(!has("dpkg-deb"))("istio-sidecar.sh", () => {
  const unit = "[Service]\nExecStart=/usr/local/bin/istio-start.sh\n";
  const made = "ExecStartPre=+/usr/bin/install -d -o istio-proxy -m 0755 /var/run/secrets\n";

  function pack(unitText: string): string {
    const files = join(folder, "files");
    mkdirSync(files);
    for (const name of ["istio-start.sh", "envoy_bootstrap.json", "sidecar.env", "agent", "envoy"]) {
      writeFileSync(join(files, name), name);
    }
    writeFileSync(join(files, "istio.service"), unitText);
    const deb = join(folder, "istio-sidecar.deb");
    const env = {
      ...process.env,
      LAB_OUT: deb,
      LAB_WORK: join(folder, "tree"),
      LAB_FILES: files,
      LAB_AGENT: join(files, "agent"),
      LAB_ENVOY: join(files, "envoy"),
      LAB_VERSION: "1.31-lab",
    };
    execFileSync("bash", [scriptFile("istio-sidecar.sh")], { env });
    return deb;
  }

  it("lays the package out as the official one", () => {
    const deb = pack(unit + made);
    const listed = execFileSync("dpkg-deb", ["-c", deb], { encoding: "utf8" }).trim().split("\n");
    const files = listed
      .map((line) => line.replace(/^(\S+) (\S+) .* \.\/(.*)$/, "$1 $2 $3"))
      .filter((line) => !line.startsWith("d"));
    expect(files.sort()).toEqual([
      "-rw-r--r-- root/root lib/systemd/system/istio.service",
      "-rw-r--r-- root/root var/lib/istio/config/mesh",
      "-rw-r--r-- root/root var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
      "-rw-r--r-- root/root var/lib/istio/envoy/sidecar.env",
      "-rwxr-xr-x root/root usr/local/bin/envoy",
      "-rwxr-xr-x root/root usr/local/bin/istio-start.sh",
      "-rwxr-xr-x root/root usr/local/bin/pilot-agent",
      "lrwxrwxrwx root/root etc/istio -> /var/lib/istio",
    ]);
    expect(execFileSync("dpkg-deb", ["-f", deb, "Package", "Version", "Depends"], { encoding: "utf8" })).toBe(
      "Package: istio-sidecar\nVersion: 1.31-lab\nDepends: sudo, iptables\n",
    );
  });

  it.each([
    ["adds the line that makes the token's folder after a reboot", unit],
    ["leaves a unit alone that has the line", unit + made],
  ])("%s", (_, given) => {
    execFileSync("dpkg-deb", ["-x", pack(given), join(folder, "unpacked")]);
    const text = readFileSync(join(folder, "unpacked/lib/systemd/system/istio.service"), "utf8");
    expect(text).toBe(unit + made);
  });
});

describe.skipIf(spawnSync("go", ["version"]).error !== undefined)("Go programs", () => {
  it.each(["runc-shim", "sample-apps"])("%s passes its own tests", { timeout: 600_000 }, (name) => {
    const ended = spawnSync("go", ["test", "./..."], {
      cwd: programFolder(name),
      encoding: "utf8",
      // Go keeps what it has compiled below the home folder.
      env: { ...process.env, HOME: userInfo().homedir, CGO_ENABLED: "0", GOFLAGS: "" },
    });
    expect(`${ended.stdout}${ended.stderr}`).toMatch(/^ok/);
  });
});
