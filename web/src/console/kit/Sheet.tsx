// A table of any length: only the rows near the window are drawn, arrows move, enter opens.

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { type Order, pressed, sorted } from "./sorting";

const ROW_PX = 40;
const OVERSCAN = 12;
const TEXT_PX = 260; // a long Japanese name, whole

export interface Column<Row> {
  readonly name: string;
  readonly head: string;
  /** Pixels at the least; what is left is shared in proportion. */
  readonly width?: number;
  readonly cell: (row: Row) => ReactNode;
  readonly sort?: (row: Row) => string | number;
  /** Set in figures, at the right. */
  readonly figures?: boolean;
  /** Left out where there is little room. */
  readonly wide?: boolean;
  /** Pixels on a phone, for all columns but those that share the rest; 0 leaves it out there. */
  readonly phone?: number;
}

export interface SheetProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly id: (row: Row) => string | number;
  /** What a row is called for those who hear it; with `onOpen` its first cell opens it. */
  readonly onOpen?: (row: Row) => void;
  readonly open?: string | number | null;
  readonly dimmed?: (row: Row) => boolean;
  readonly foot?: ReactNode;
  /** The last rows came near the window: ask for more. */
  readonly onEnd?: () => void;
}

export function Sheet<Row>(props: SheetProps<Row>) {
  const { t } = useTranslation();
  const { label, columns, rows, id } = props;
  const [order, setOrder] = useState<Order | null>(null);
  const by = columns.find(({ name }) => name === order?.column)?.sort;
  const shown = useMemo(() => sorted(rows, by, order?.down ?? false), [rows, by, order]);
  const body = useRef<HTMLTableSectionElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const top = (body.current?.getBoundingClientRect().top ?? 0) + scrollY;
    setMargin((old) => (Math.abs(old - top) < 1 ? old : top));
  });
  const window = useWindowVirtualizer({
    count: shown.length,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollMargin: margin,
  });
  const items = window.getVirtualItems();
  const above = (items[0]?.start ?? margin) - margin;
  const below = window.getTotalSize() - ((items.at(-1)?.end ?? margin) - margin);
  const last = items.at(-1)?.index ?? -1;
  const { onEnd } = props;
  useEffect(() => {
    if (last >= shown.length - OVERSCAN) onEnd?.();
  }, [last, shown.length, onEnd]);
  const move = useMove(shown.length, (at) => window.scrollToIndex(at));
  return (
    <>
      <div className="sheet">
        <table aria-label={label} aria-rowcount={shown.length + 1}>
          <colgroup>
            {columns.map((column) => (
              <col key={column.name} className={classes(column)} style={widths(column)} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map((column) => (
                <Head key={column.name} column={column} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={move}>
            <Gap height={above} />
            {items.map(({ index }) => {
              const row = shown[index];
              return row !== undefined && <Line key={id(row)} {...props} row={row} at={index} />;
            })}
            <Gap height={below} />
          </tbody>
        </table>
      </div>
      <p className="foot num">{props.foot ?? t("kit.rows", { count: shown.length })}</p>
    </>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly order: Order | null;
  readonly onOrder: (order: Order) => void;
}

function Head<Row>({ column, order, onOrder }: HeadProps<Row>) {
  const { name, head, sort } = column;
  const mine = order?.column === name;
  const arrow = mine ? (order.down ? " ↓" : " ↑") : "";
  return (
    <th
      scope="col"
      className={classes(column)}
      aria-sort={mine ? (order.down ? "descending" : "ascending") : undefined}
    >
      {sort ? (
        <button type="button" onClick={() => onOrder(pressed(order, name))}>
          {head}
          <span aria-hidden="true">{arrow}</span>
        </button>
      ) : (
        head
      )}
    </th>
  );
}

function Line<Row>(props: SheetProps<Row> & { row: Row; at: number }) {
  const { columns, row, at, id, onOpen, open, dimmed } = props;
  return (
    <tr
      aria-rowindex={at + 2}
      data-at={at}
      data-id={id(row)}
      data-open={open === id(row) || undefined}
      data-dimmed={dimmed?.(row) || undefined}
    >
      {columns.map((column, place) => (
        <td key={column.name} className={classes(column)}>
          {place === 0 && onOpen ? (
            <button type="button" className="opens cut" onClick={() => onOpen(row)}>
              {column.cell(row)}
            </button>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  );
}

function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr className="gap">
      <td style={{ height }} />
    </tr>
  );
}

function classes<Row>({ figures, wide, phone }: Column<Row>): string | undefined {
  const all = [figures && "num r", wide && "wide", phone === 0 && "desk"];
  return all.filter(Boolean).join(" ") || undefined;
}

/** What sheet.css makes the column wide by. */
function widths<Row>({ width, phone }: Column<Row>): CSSProperties {
  const on = phone ? `${phone}px` : "auto";
  return { "--w": `${width ?? TEXT_PX}px`, "--phone": on } as CSSProperties;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 };

/** Arrows go to the same control of the next row, also of one that is not drawn yet. */
function useMove(count: number, show: (at: number) => void) {
  const wanted = useRef<{ at: number; control: number } | null>(null);
  const table = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    if (!wanted.current || !table.current) return;
    const { at, control } = wanted.current;
    const row = table.current.querySelector(`tr[data-at="${at}"]`);
    if (!row) return;
    wanted.current = null;
    const controls = row.querySelectorAll<HTMLElement>(CONTROLS);
    (controls[control] ?? controls[0])?.focus();
  });
  return (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>("tr[data-at]");
    if (!step || !row || event.ctrlKey || event.metaKey || target.matches("select, input")) return;
    const coming = wanted.current && wanted.current.at < count ? wanted.current.at : null;
    const at = (coming ?? Number(row.dataset.at)) + step;
    if (at < 0 || at >= count) return;
    event.preventDefault();
    table.current = event.currentTarget;
    wanted.current = { at, control: [...row.querySelectorAll(CONTROLS)].indexOf(target) };
    show(at);
    const drawn = table.current.querySelector(`tr[data-at="${at}"]`);
    if (drawn) {
      const controls = drawn.querySelectorAll<HTMLElement>(CONTROLS);
      (controls[wanted.current.control] ?? controls[0])?.focus();
      wanted.current = null;
    }
  };
}

const CONTROLS = "button, a[href], select, input";
