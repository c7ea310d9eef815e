// What somebody listed, by spaces, commas or lines.

export const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKC")
    .split(/[\s,、]+/)
    .filter(Boolean);
