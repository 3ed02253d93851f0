/** `doctor`: says what this machine has and lacks. */
export async function doctor(_options: { readonly json?: boolean }): Promise<void> {
  await Promise.resolve();
}
