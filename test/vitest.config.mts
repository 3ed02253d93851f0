import { defineConfig } from "vitest/config";

const minute = 60_000;

/** Rings from fast to true; e2e builds real labs, so its files run one after another. */
export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: minute } },
      { extends: true, test: { name: "component", include: ["test/component/**/*.test.ts"], testTimeout: minute } },
      {
        extends: true,
        test: {
          name: "engine",
          include: ["test/engine/**/*.test.ts"],
          // An engine mostly waits, so two share two cores; by itself vitest takes one worker there.
          maxWorkers: 2,
          testTimeout: 3 * minute,
          hookTimeout: 3 * minute,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 30 * minute,
          hookTimeout: 30 * minute,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});
