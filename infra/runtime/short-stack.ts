/** A frame of Pulumi's SDK, whose source maps put its files right below the scope: `node_modules/@pulumi/resource.ts`. */
const SDK_FRAME = /^\s+at .*node_modules\/@pulumi\//;

/**
 * Lets every error that ends the program, wherever it was thrown, keep the frames of the program's own code only. Pulumi prints such an error in
 * colour; Node 20 then looks for a second slash behind the scope in a frame of the SDK, and if there is none goes on until its text is 512 MB
 * long: 13 s for one error (20.20.2). To be called before the SDK is loaded: handlers are asked in the order in which they came.
 */
export function keepStacksShort(): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (thrown: unknown) => {
      shortenStack(thrown);
      // Node ends a program only if nobody listens, and Pulumi does not do so yet.
      if (process.listenerCount(event) === 1) {
        console.error(thrown);
        process.exit(1);
      }
    });
  }
}

/** Takes the SDK's frames out of an error, its causes and the errors that it collects. Whatever else was thrown stays as it is. */
export function shortenStack(thrown: unknown): void {
  shorten(thrown, new Set());
}

function shorten(thrown: unknown, seen: Set<unknown>): void {
  if (!(thrown instanceof Error) || seen.has(thrown)) {
    return;
  }
  seen.add(thrown);
  if (typeof thrown.stack === "string" && !Object.isFrozen(thrown)) {
    thrown.stack = withoutSdkFrames(thrown.stack);
  }
  const { errors } = thrown as { readonly errors?: unknown };
  for (const inner of [thrown.cause, ...(Array.isArray(errors) ? (errors as readonly unknown[]) : [])]) {
    shorten(inner, seen);
  }
}

/** A stack without the frames of the SDK. */
export function withoutSdkFrames(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => !SDK_FRAME.test(line))
    .join("\n");
}
