import { readdirSync, statSync, type Stats } from "node:fs";
import { basename, join, posix } from "node:path";
import type { RemoteKind } from "./sftp";

/** What copying needs of a server; sftp.ts has it. */
export interface RemoteFiles {
  kind(path: string): Promise<RemoteKind>;
  makeFolder(path: string): Promise<void>;
  makeFolders(path: string): Promise<void>;
  copyFile(from: string, to: string): Promise<void>;
  writeText(path: string, text: string): Promise<void>;
}

/**
 * Copies a file or folder of this machine, as the official provider does:
 *
 *     source  | to a folder      | to nothing | to a file
 *     folder  | into it, by name | the same   | error
 *     folder/ | its contents     | the same   | error
 *     file    | into it, by name | as it      | over it
 *
 * @throws Error where the source is missing, or the server refuses
 */
export async function copyPath(files: RemoteFiles, source: string, target: string): Promise<void> {
  if (!statLocal(source).isDirectory()) {
    await copyOneFile(files, source, target);
    return;
  }
  if ((await files.kind(target)) === "nothing") {
    await files.makeFolders(target);
  }
  const folder = source.endsWith("/") ? target : posix.join(target, basename(source));
  await copyFolder(files, source, folder);
}

/**
 * Writes text to a file.
 * @throws Error where the target is a folder
 */
export async function copyText(files: RemoteFiles, text: string, target: string): Promise<void> {
  if ((await files.kind(target)) === "folder") {
    throw new Error(`remote path ${target} is a directory; when using a text asset, remotePath must be a file path`);
  }
  await files.makeFolders(posix.dirname(target));
  await files.writeText(target, text);
}

async function copyOneFile(files: RemoteFiles, source: string, target: string): Promise<void> {
  const kind = await files.kind(target);
  if (kind === "nothing") {
    await files.makeFolders(posix.dirname(target));
  }
  await files.copyFile(source, kind === "folder" ? posix.join(target, basename(source)) : target);
}

async function copyFolder(files: RemoteFiles, source: string, target: string): Promise<void> {
  const kind = await files.kind(target);
  if (kind === "file") {
    throw new Error(`remote path ${target} exists but is not a directory`);
  }
  if (kind === "nothing") {
    await files.makeFolder(target);
  }
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), posix.join(target, entry.name)];
    await (entry.isDirectory() ? copyFolder(files, from, to) : files.copyFile(from, to));
  }
}

function statLocal(path: string): Stats {
  try {
    return statSync(path);
  } catch {
    throw new Error(`open ${path}: no such file or directory`);
  }
}
