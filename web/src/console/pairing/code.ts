// The code that a PC shows: eight letters, however somebody types them.

const LETTERS = 8;
const HALF = 4;

const letters = (typed: string): string =>
  typed
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "");

export const isCode = (typed: string): boolean => letters(typed).length === LETTERS;

/** As the PC shows it: WDJB-MJHT. */
export function codeOf(typed: string): string {
  const all = letters(typed);
  return `${all.slice(0, HALF)}-${all.slice(HALF)}`;
}
