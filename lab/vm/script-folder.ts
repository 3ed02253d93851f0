import { join } from "node:path";

/** Folder of the scripts that only this lab runs. */
export const VM_SCRIPTS = join(__dirname, "scripts");
