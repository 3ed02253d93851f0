import { userInfo } from "node:os";

/** The user as this machine has noted them; undefined if it has not, e.g. for a number without a name in a container. */
export function account(): { readonly home: string; readonly name: string } | undefined {
  try {
    const { homedir, username } = userInfo();
    return { home: homedir, name: username };
  } catch {
    return undefined;
  }
}
