// Loading it lets Pulumi's SDK load without its closure serializer, which brings the TypeScript compiler and npm's arborist along:
// 0.3 s of the 0.6 s of processor time that the SDK takes (2026-11-24). A function that turns out to be called loads it then; the
// labs have no dynamic providers, so none is. Plain JavaScript, because it has to come before everything that is compiled.
"use strict";
const Module = require("node:module");
const { join } = require("node:path");

const user = join("@pulumi", "pulumi", "runtime", "index.js");
const load = Module._load;

/** The SDK takes functions off these modules and nothing else, and before anybody calls one. */
const lazily = (open) =>
  new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args) =>
          open()[name](...args),
    },
  );

Module._load = function (request, parent, isMain) {
  const open = () => load.call(this, request, parent, isMain);
  return request.startsWith("./closure/") && parent?.filename?.endsWith(user) ? lazily(open) : open();
};
