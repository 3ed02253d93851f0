import type { LabEntry } from "../program/lab-entry";
import type { VmLabConfig } from "./config/aws";
import { vmNeeds } from "./config/versions";
import type { VmPlatformFactory } from "./platform";

/** The `vm` lab. */
export const vm: LabEntry<VmLabConfig> = {
  needs: vmNeeds,
  configuration: async () => (await import("./config/configuration")).vmConfiguration,
  build: async (config, context) => {
    const { VmLab } = await import("./lab");
    return new VmLab(
      "vm",
      config,
      context,
      await (PLATFORMS[config.platform] as (config: VmLabConfig) => Promise<VmPlatformFactory>)(config),
    );
  },
  manifestIssues: async (_, toolchain) => (await import("./manifest-sets")).vmManifestIssues(toolchain),
  checks: async (outputs) => (await import("./checks")).vmCheckSuite(outputs),
  repairs: async (outputs) => (await import("./repairs")).vmRepairs(outputs),
  traces: async (outputs) => (await import("./traces")).vmTraces(outputs),
};

/** By the name of the platform. What speaks of AWS is loaded where it is needed: it takes half a second. */
const PLATFORMS: {
  readonly [Name in VmLabConfig["platform"]]: (config: ConfigOn<Name>) => Promise<VmPlatformFactory>;
} = {
  local: async (config) => (await import("./local-platform")).localPlatform(config),
  aws: async (config) => {
    const [{ awsPlatform }, { openAccount }] = await Promise.all([import("./aws-platform"), import("./aws-account")]);
    return awsPlatform(config, await openAccount(config));
  },
};

type ConfigOn<Name> = Extract<VmLabConfig, { readonly platform: Name }>;
