import { raiseInotifyLimits } from "../../../infra/core/workstation/inotify";
import { table } from "../ui/table";
import { say, tell, terminalOf } from "../ui/terminal";
import { ensureTools } from "../stack/tools";
import { wantedLab, type LabOptions } from "../stack/wanted-lab";

/** Options of `setup`. */
export interface SetupOptions extends LabOptions {
  readonly json?: boolean;
  readonly probe?: boolean;
}

/** `setup`: prepares this machine, and says what it is prepared with. */
export async function setup(options: SetupOptions): Promise<void> {
  const manifest = await ensureTools({ ...wantedLab(options), probeAgain: options.probe === true });
  await raiseInotifyLimits(tell);
  if (options.json) {
    say(JSON.stringify(manifest, undefined, 2));
    return;
  }
  say(
    `tools for ${manifest.lab} from the ${manifest.source} source, version set "${manifest.versionSet}", in ${manifest.binFolder}`,
  );
  const { columns: width } = terminalOf(process.stdout);
  say(table(Object.entries(manifest.versions), { width }));
  if (manifest.unavailable.length > 0) {
    say("not available from this source");
    say(
      table(
        manifest.unavailable.map(({ name, reason }) => [name, reason]),
        { width },
      ),
    );
  }
}
