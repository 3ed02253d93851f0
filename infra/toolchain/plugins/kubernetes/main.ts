import { serveProvider } from "../rpc/server";
import { KubernetesProvider } from "./provider";

void serveProvider((log) => new KubernetesProvider(log));
