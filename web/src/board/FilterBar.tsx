// Who is shown, in which order and how densely; what is hidden is always said.

import { Button, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { type ReactNode, type RefObject, useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { tree } from "./arrange";
import {
  DENSITIES,
  EVERYBODY,
  type Filter,
  isFiltering,
  type Look,
  SORTS,
  type Sort,
  sortOf,
} from "./filter";
import { Glyph } from "./Glyph";
import { useArrangement, useStore } from "./hooks";
import { read } from "./words";

export interface FilterBarProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly look: Look;
  readonly onLook: (look: Look) => void;
  readonly input: RefObject<HTMLInputElement | null>;
  /** What leads to the past, where that is possible. */
  readonly past?: ReactNode;
}

export function FilterBar({ filter, onFilter, look, onLook, input, past }: FilterBarProps) {
  const { t } = useTranslation();
  const refusal = useMemo(() => read(filter.text).refusal, [filter.text]);
  return (
    <search className="filters">
      <TextInput
        ref={input}
        className="find"
        type="search"
        aria-label={t("filter.label")}
        aria-keyshortcuts="/"
        aria-invalid={refusal !== null}
        aria-describedby={refusal ? "filter-refusal" : undefined}
        placeholder={t("filter.placeholder")}
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        rightSection={filter.text === "" && <kbd>/</kbd>}
        spellCheck={false}
      />
      <GroupSelect filter={filter} onFilter={onFilter} />
      <Button
        variant="default"
        className="only-todo"
        aria-pressed={filter.show === "todo"}
        onClick={() => onFilter({ ...filter, show: filter.show === "todo" ? null : "todo" })}
      >
        <Glyph tone="incident" /> {t("filter.todo")}
      </Button>
      {refusal && (
        <span id="filter-refusal" className="refusal t1" role="status">
          {t(`filter.refused.${refusal.why}`, { said: refusal.said })}
        </span>
      )}
      {isFiltering(filter) && !refusal && <Narrowed onClear={() => onFilter(EVERYBODY)} />}
      <span className="grow" />
      <SortSelect look={look} onLook={onLook} />
      {past}
      <SegmentedControl
        className="densities"
        aria-label={t("density.label")}
        value={look.density}
        onChange={(density) => onLook({ ...look, density })}
        data={DENSITIES.map((density) => ({ value: density, label: t(`density.${density}`) }))}
      />
    </search>
  );
}

/** How many are hidden; it alone is drawn anew with the counts. */
function Narrowed({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  const { total, shown } = useArrangement();
  if (total === 0) return null;
  return (
    <span className="narrowed">
      <span className="sub num t1" role="status">
        {t("filter.shown", {
          shown: shown.toLocaleString("en"),
          total: total.toLocaleString("en"),
        })}
      </span>
      <Button variant="default" onClick={onClear}>
        {t("filter.clear")}
      </Button>
    </span>
  );
}

function Caret() {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d="m2.5 4.5 3.5 3.5 3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

function SortSelect({ look, onLook }: Pick<FilterBarProps, "look" | "onLook">) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      className="sort-select"
      aria-label={t("sort.label")}
      rightSection={<Caret />}
      value={sortOf(look)}
      onChange={({ currentTarget: { value } }) => {
        const sort = value as Sort;
        onLook({ ...look, sort: sort === sortOf({ ...look, sort: null }) ? null : sort });
      }}
      data={SORTS.map((sort) => ({ value: sort, label: t(`sort.${sort}`) }))}
    />
  );
}

function GroupSelect({ filter, onFilter }: Pick<FilterBarProps, "filter" | "onFilter">) {
  const { t } = useTranslation();
  const store = useStore();
  const groups = useSyncExternalStore(store.onBoard, store.groups);
  const options = useMemo(
    () =>
      tree(groups).map(({ id, path }) => ({
        value: String(id),
        label: `${"  ".repeat(path.length - 1)}${path.at(-1)}`,
      })),
    [groups],
  );
  if (options.length < 2 && filter.group === null) return null;
  return (
    <NativeSelect
      className="group-select"
      aria-label={t("filter.group")}
      rightSection={<Caret />}
      value={filter.group === null ? "" : String(filter.group)}
      onChange={({ currentTarget: { value } }) =>
        onFilter({ ...filter, group: value === "" ? null : Number(value) })
      }
      data={[{ value: "", label: t("filter.allGroups") }, ...options]}
    />
  );
}
