// Loading it makes Pulumi's SDK cheaper to start, by 1 s of processor time of 2 s for an unchanged lab (2026-11-24); what it leaves
// out is loaded where it is asked for. Plain JavaScript, because it has to come before everything that is compiled.
"use strict";
const Module = require("node:module");
const { join } = require("node:path");

const sdk = join("@pulumi", "pulumi", "runtime");
const load = Module._load;

/**
 * The closure serializer brings the TypeScript compiler and npm's arborist along; only dynamic providers use it, and the labs have
 * none. The SDK takes functions off its modules and nothing else, and before anybody calls one.
 */
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

/** The SDK notes for every promise where it was made, and finds the place in the source; nobody reads that without this variable. */
function withoutStackTraces(exports) {
  const { debuggablePromise } = exports;
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS || debuggablePromise.isLean) return exports;
  exports.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  exports.debuggablePromise.isLean = true;
  return exports;
}

Module._load = function (request, parent, isMain) {
  const open = () => load.call(this, request, parent, isMain);
  if (parent?.filename?.includes(sdk)) {
    if (request.startsWith("./closure/")) return lazily(open);
    if (request === "./debuggable") return withoutStackTraces(open());
  }
  return open();
};
