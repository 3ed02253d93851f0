// Loading it makes `require` take TypeScript: each file is compiled once by esbuild and kept by its content. For the command line
// (lab/cli/bootstrap.mjs) and for the Pulumi program (Pulumi.yaml), whose SDK would load ts-node and the TypeScript compiler in each run.
// Plain JavaScript, because nothing is installed yet when the command line loads it.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");

const cache = join(__dirname, "..", "..", "node_modules", ".cache", "istio-lab");
// A lazy `import()` of TypeScript has to come through `require` as well.
const options = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  supported: { "dynamic-import": false },
};
const identity = JSON.stringify(options);

/** esbuild itself is loaded only for a file that has changed. */
function compile(source, file) {
  const name = createHash("sha256")
    .update(identity + source)
    .digest("hex");
  const kept = join(cache, `${name.slice(0, 24)}.js`);
  try {
    return fs.readFileSync(kept, "utf8");
  } catch {
    const { code } = require("esbuild").transformSync(source, { ...options, sourcefile: file });
    const partial = `${kept}.${process.pid}`;
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(partial, code);
    fs.renameSync(partial, kept);
    return code;
  }
}

process.setSourceMapsEnabled(true);
Module._extensions[".ts"] = (module, file) => module._compile(compile(fs.readFileSync(file, "utf8"), file), file);
