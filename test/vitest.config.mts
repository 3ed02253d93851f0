import { defineConfig } from "vitest/config";

const minute = 60_000;
const official = "test/e2e/official.test.ts";
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
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], setupFiles, testTimeout: 2 * minute },
      },
      {
        extends: true,
        test: { name: "component", include: ["test/component/**/*.test.ts"], setupFiles, testTimeout: 2 * minute },
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
          exclude: [official],
          testTimeout: 30 * minute,
          hookTimeout: 30 * minute,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        // Not in CI until it has been green twice by hand: the official source from a mirror on this machine, 13 min.
        test: { name: "official", include: [official], testTimeout: 30 * minute, hookTimeout: 30 * minute },
      },
    ],
  },
});
