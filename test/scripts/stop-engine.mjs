// Stops the container engine that the toolchain has started itself; one that ran before is none of ours.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { cacheFolder } = require("../../infra/core/paths.ts");
const { stopEngine } = require("../support/stop-engine.ts");

if (await stopEngine(cacheFolder())) console.log("stopped the engine that the toolchain had started");
