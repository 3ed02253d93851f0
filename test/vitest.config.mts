import { defineConfig } from "vitest/config";

const minute = 60_000;
const official = "test/e2e/official.test.ts";
const kills = "test/e2e/kills.test.ts";
const setupFiles = ["test/support/environment.ts"];

/**
 * Rings from fast to true; e2e builds real labs, so its files run one after another.
 * Every limit here only ends what hangs: many times what its tests take on a busy machine, because how long something takes is no result.
 */
export default defineConfig({
  test: {
    expect: { poll: { timeout: minute, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          setupFiles,
          unstubEnvs: true,
          restoreMocks: true,
          testTimeout: 2 * minute,
        },
      },
      {
        extends: true,
        test: {
          name: "component",
          include: ["test/component/**/*.test.ts"],
          setupFiles,
          unstubEnvs: true,
          restoreMocks: true,
          testTimeout: 2 * minute,
        },
      },
      {
        extends: true,
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          // An engine mostly waits, so two share two cores; by itself vitest takes one worker there.
          maxWorkers: 2,
          testTimeout: 5 * minute,
          hookTimeout: 5 * minute,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [official, kills],
          testTimeout: 30 * minute,
          hookTimeout: 30 * minute,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        // Apart from the others: it removes every image that came to the engine while it ran.
        test: { name: "official", include: [official], testTimeout: 30 * minute, hookTimeout: 30 * minute },
      },
      {
        extends: true,
        // Not in CI, which it would keep for 20 min: run it after a change of what happens to an up that is killed.
        test: { name: "kills", include: [kills], testTimeout: 30 * minute, hookTimeout: 30 * minute },
      },
    ],
  },
});
