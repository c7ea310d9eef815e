// Which people the board shows, kept in the address so that a view can be shared and comes back.

import { LABELS, type Label } from "../api/wire";

export type Show = Label | "todo";

export interface Filter {
  readonly show: Show | null;
  readonly group: number | null;
  readonly text: string;
}

export const EVERYBODY: Filter = { show: null, group: null, text: "" };

const SHOWS: readonly string[] = [...LABELS, "todo"];

export function fromAddress(search: string): Filter {
  const asked = new URLSearchParams(search);
  const show = asked.get("show") ?? "";
  const group = asked.get("group") ?? "";
  return {
    show: SHOWS.includes(show) ? (show as Show) : null,
    group: /^\d+$/.test(group) ? Number(group) : null,
    text: asked.get("q") ?? "",
  };
}

/** The query of the address, with "?" unless it is empty. */
export function toAddress(filter: Filter): string {
  const said = new URLSearchParams();
  if (filter.show) said.set("show", filter.show);
  if (filter.group !== null) said.set("group", String(filter.group));
  if (filter.text) said.set("q", filter.text);
  const query = said.toString();
  return query && `?${query}`;
}

export const isFiltering = (filter: Filter): boolean => toAddress(filter) !== "";

export interface Findable {
  readonly name: string;
  readonly task: string;
  readonly groups: readonly string[];
}

/** Full and half width, case and the space inside a name make no difference to people. */
export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, "");
}

const GROUP_TERM = /^(?:group|グループ)[::]/i;

/** Every term must be found: in the name or the task, or after `group:` in a group's name. */
export function matcher(text: string): (person: Findable) => boolean {
  const terms = text.split(/\s+/).filter(Boolean);
  const tests = terms.map((term) => {
    const wanted = folded(term.replace(GROUP_TERM, ""));
    return GROUP_TERM.test(term)
      ? (person: Findable) => person.groups.some((group) => folded(group).includes(wanted))
      : (person: Findable) =>
          folded(person.name).includes(wanted) || folded(person.task).includes(wanted);
  });
  return (person) => tests.every((test) => test(person));
}
