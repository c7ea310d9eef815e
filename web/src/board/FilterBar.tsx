// Text and group filters; what is hidden is always said.

import { Button, NativeSelect, TextInput } from "@mantine/core";
import { type RefObject, useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { tree } from "./arrange";
import { EVERYBODY, type Filter, isFiltering } from "./filter";
import { useArrangement, useStore } from "./hooks";

export interface FilterBarProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly input: RefObject<HTMLInputElement | null>;
}

export function FilterBar({ filter, onFilter, input }: FilterBarProps) {
  const { t } = useTranslation();
  const { total, shown } = useArrangement();
  return (
    <search className="filters">
      <TextInput
        ref={input}
        className="find"
        type="search"
        aria-label={t("filter.label")}
        aria-keyshortcuts="/"
        placeholder={t("filter.placeholder")}
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        rightSection={filter.text === "" && <kbd>/</kbd>}
        spellCheck={false}
      />
      <GroupSelect filter={filter} onFilter={onFilter} />
      <span className="grow" />
      {isFiltering(filter) && total > 0 && (
        <span className="narrowed">
          <span className="sub num t1" role="status">
            {t("filter.shown", { shown, total })}
          </span>
          <Button variant="default" onClick={() => onFilter(EVERYBODY)}>
            {t("filter.clear")}
          </Button>
        </span>
      )}
    </search>
  );
}

function Caret() {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d="m2.5 4.5 3.5 3.5 3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

function GroupSelect({ filter, onFilter }: Omit<FilterBarProps, "input">) {
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
