import { serveProvider } from "../rpc/server";
import { CommandProvider } from "./provider";

serveProvider((log) => new CommandProvider(log)).catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-command: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
