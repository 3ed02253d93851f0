import { Archive, Asset, type PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { copyToRemoteInputs } from "../fields";
import { textIn, type CommandResource, type Operation } from "../resource";
import { readConnection } from "./connection";

/** `command:remote:CopyToRemote`: a file, text or folder put on another machine. Deleting it leaves the copy there. */
export const copyToRemote: CommandResource = {
  inputs: copyToRemoteInputs,
  computed: [],
  namedId: false,
  check: (inputs) => sourceFailures(inputs["source"]),
  create: async (inputs, operation) => {
    await copy(inputs, operation);
    return {};
  },
  update: async (state, inputs, operation) => {
    if (hashOf(state) !== hashOf(inputs) || state["remotePath"] !== inputs["remotePath"]) {
      await copy(inputs, operation);
    }
    return {};
  },
  delete: () => Promise.resolve(),
};

function sourceFailures(source: unknown): CheckFailure[] {
  if (source instanceof Asset && source.path === undefined && source.text === undefined) {
    return [{ property: "asset", reason: "asset must be a path-based file asset or a text asset" }];
  }
  if (source instanceof Archive && source.path === undefined) {
    return [{ property: "archive", reason: "archive must be a path to a file or directory" }];
  }
  return [];
}

function hashOf(properties: PropertyMap): string | undefined {
  const source = properties["source"];
  return source instanceof Asset || source instanceof Archive ? source.hash : undefined;
}

async function copy(inputs: PropertyMap, operation: Operation): Promise<void> {
  const [{ dial }, { Sftp }, { copyPath, copyText }] = await Promise.all([
    import("./dial"),
    import("./sftp"),
    import("./copy-files"),
  ]);
  const source = inputs["source"];
  const target = textIn(inputs, "remotePath") ?? "";
  const { client, close } = await dial(readConnection(inputs), operation);
  const stop = (): void => void client.destroy();
  operation.signal.addEventListener("abort", stop, { once: true });
  try {
    const files = await Sftp.open(client);
    if (source instanceof Asset && source.text !== undefined) {
      await copyText(files, source.text, target);
    } else if (source instanceof Asset || source instanceof Archive) {
      await copyPath(files, source.path ?? "", target);
    }
  } finally {
    operation.signal.removeEventListener("abort", stop);
    close();
  }
}
