import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { bundleAwsPlugin } from "./bundle";

/**
 * Makes a copy of this checkout whose Pulumi.yaml names the test account's plugin: the project and its toolchain know nothing of it.
 * @param folder a folder that is there; gets `checkout` and `bin`
 * @returns the copy's folder
 */
export async function awsCheckout(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  const checkout = join(folder, "checkout");
  mkdirSync(bin);
  mkdirSync(checkout);
  await bundleAwsPlugin(bin);
  for (const name of ["infra", "lab", "package.json", "package-lock.json", "tsconfig.json"]) {
    cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(checkout, "node_modules"));
  const project = parse(readFileSync("Pulumi.yaml", "utf8")) as Record<string, unknown>;
  const plugins = { providers: [{ name: "aws", path: bin }] };
  writeFileSync(join(checkout, "Pulumi.yaml"), stringify({ ...project, plugins }));
  return checkout;
}
