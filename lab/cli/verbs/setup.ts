import { ensureTools } from "../tools";

/** `setup`: prepares this machine. */
export async function setup(_options: { readonly json?: boolean }): Promise<void> {
  await ensureTools();
}
