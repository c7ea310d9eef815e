// Which rows of a table stand where: what was searched for, in the order that was asked for. Pure.

import { folded } from "../../board/words";

export interface Order {
  readonly column: string;
  readonly down: boolean;
}

/** Pressing the head of a column: upwards first, then downwards. */
export const pressed = (order: Order | null, column: string): Order => ({
  column,
  down: order?.column === column && !order.down,
});

/** Every word must be in one of the texts of a row. */
export function found<Row>(
  rows: readonly Row[],
  text: string,
  textsOf: (row: Row) => readonly string[],
): readonly Row[] {
  const words = text.split(/\s+/).filter(Boolean).map(folded);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const texts = textsOf(row).map(folded);
    return words.every((word) => texts.some((one) => one.includes(word)));
  });
}

const collator = new Intl.Collator("ja", { numeric: true });

/** Numbers by size, words as Japanese sorts them; equals keep their order. */
export function sorted<Row>(
  rows: readonly Row[],
  of: ((row: Row) => string | number) | undefined,
  down: boolean,
): readonly Row[] {
  if (!of) return rows;
  const keyed = rows.map((row) => ({ row, key: of(row) }));
  const sign = down ? -1 : 1;
  keyed.sort(({ key: a }, { key: b }) =>
    typeof a === "number" && typeof b === "number"
      ? sign * (a - b)
      : sign * collator.compare(String(a), String(b)),
  );
  return keyed.map(({ row }) => row);
}
