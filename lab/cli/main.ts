/** Placeholder. */
export async function main(words: readonly string[]): Promise<void> {
  await Promise.resolve();
  console.log(words);
}
