/** Most lines of a failure that are shown. */
const MOST_LINES = 10;
/** Most characters of a line that are shown. */
const WIDEST = 400;

/**
 * How the command provider tells of a command that failed, the official one and ours: `exit status 1: running "COMMAND":`, then all that the
 * command wrote. COMMAND is quoted as Go does it, so it never holds a line break.
 */
const COMMAND_FAILURE = /([^\n]*?): running "(?:[^"\\\n]|\\.)*":\n([\s\S]*)$/;

/** What only says that there was a failure: the exit status of a script that has told its reason. */
const MERE_STATUS = /^(?:exit status \d+|Process exited with status \d+)$/;

/** What the line looks like that tells a reason, among many that do not. */
const REASON =
  /\b(?:error|fatal|failed|failure|denied|refused|cannot|could not|no space|no such|not found|timed out|not so after)\b|^E:/i;

/** A problem that the user can correct, of which the program tells all at once: `program:key: …` or `file:line: …`. */
const ISSUE = /^(?:[a-z][\w-]*:[\w.[\]-]+|\S+\.yaml(?::\d+)?): /;

/** The line in which Node says what ended a program: the one before it only says that something did. */
const THROWN = /^\w*Error(?: \[\w+\])?: /;

const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;

/**
 * What a person is shown of a failed step: what its script said, without the command and without its exit status, unless there is
 * nothing else. At most ten lines; of more, the reason comes first and then the last ones. Problems that the user can correct are shown all.
 * @param message the engine's error message
 */
export function failureLines(message: string): readonly string[] {
  const [, status = "", output = ""] = COMMAND_FAILURE.exec(message) ?? [];
  // An engine or a provider may have put a sentence or a bullet in front of it.
  const ending = status.replace(/^.*?(?=exit status|Process exited|signal:)/, "").trim();
  const said = linesOf(ending === "" ? message : output);
  if (ending === "") {
    return shorten(said);
  }
  if (said.length === 0) {
    return [ending.startsWith("signal:") ? `it was stopped (${ending})` : `${ending}, without a word`];
  }
  return shorten(MERE_STATUS.test(ending) ? said : [ending, ...said]);
}

function linesOf(text: string): readonly string[] {
  const lines = text.replace(COLOURS, "").split(/[\r\n]+/);
  return lines.map((line) => line.trimEnd()).filter((line) => line !== "");
}

function shorten(lines: readonly string[]): readonly string[] {
  const fitting = lines.map((line) => (line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line));
  if (fitting.length <= MOST_LINES || fitting.every((line) => ISSUE.test(line))) {
    return fitting;
  }
  const told = fitting.find((line) => THROWN.test(line)) ?? fitting.find((line) => REASON.test(line));
  const reason = told ?? fitting.at(-1) ?? "";
  const last = fitting.slice(-(MOST_LINES - 2)).filter((line) => line !== reason);
  return [reason, `… (${fitting.length - last.length - 1} lines are left out)`, ...last];
}
