import { tmpdir } from "node:os";
import { join } from "node:path";

// Loaded before each file of the unit and the component ring: a test gets what it needs as input and nothing of the user's settings
// (locale, time zone, proxies, NO_COLOR, CI, credentials, KUBECONFIG, …), so it ends the same way on every machine.
const kept = /^(PATH|TMPDIR|USER|LOGNAME|NODE_OPTIONS|TEST|VITEST.*|MODE|DEV|PROD|SSR|BASE_URL|GO[A-Z]+|SSL_CERT_\w+)$/;

for (const name of Object.keys(process.env)) {
  if (!kept.test(name)) {
    Reflect.deleteProperty(process.env, name);
  }
}
process.env["NODE_ENV"] = "test";
process.env["TZ"] = "UTC";
// No home, so that nothing reads the user's settings or writes beside them: what wants a folder has to be given one.
process.env["HOME"] = join(tmpdir(), "istio-lab-test-without-a-home");
