/** What Node.js, programs and the engine say of a full disk, and of a quota that is used up. */
const FULL_DISK = /no space left on device|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b/i;

/**
 * Finds what says that a disk is full.
 * @param said the message of an error, or what a program has printed
 * @returns its last line of the kind; undefined if there is none
 */
export function fullDiskLine(said: string): string | undefined {
  return said
    .split("\n")
    .findLast((line) => FULL_DISK.test(line))
    ?.trim();
}
