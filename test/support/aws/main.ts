import { serveProvider } from "../rpc/provider-handlers";
import { AwsProvider } from "./provider/provider";

void serveProvider(new AwsProvider(process.env));
