// `npm run bench -- LAB`: `up` against the same steps by hand, in one run.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { main } = require("../../lab/cli/main.ts");
const { benchProgram } = require("./bench.ts");

await main(["bench", ...process.argv.slice(2)], benchProgram());
