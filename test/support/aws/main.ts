import { serveProvider } from "../../../infra/toolchain/plugins/rpc/server";
import { AwsProvider } from "./provider/provider";

serveProvider(() => new AwsProvider(process.env)).catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-aws: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
