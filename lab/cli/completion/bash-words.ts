/** Words of a line in bash as the program will get them. */
export interface BashWords {
  readonly joined: readonly string[];
  /** Start of the last word that bash keeps by itself: a candidate replaces only what is behind it. */
  readonly hidden: string;
}

/** bash hands `--stack=dev` to a completion as three words, unless the user has taken `=` out of COMP_WORDBREAKS. */
export function joinAssignments(words: readonly string[]): BashWords {
  const joined: string[] = [];
  let hidden = "";
  words.forEach((word, index) => {
    const before = joined.at(-1);
    const isBehindSign = words[index - 1] === "=" && index > 1;
    if (before !== undefined && index > 0 && (word === "=" || isBehindSign)) {
      joined[joined.length - 1] = `${before}${word}`;
      hidden = word === "=" ? `${before}=` : before;
    } else {
      joined.push(word);
      hidden = "";
    }
  });
  return { joined, hidden };
}
