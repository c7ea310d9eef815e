// Which people the board shows and how, kept in the address so that a view can be shared.

import { LABELS, type Label } from "../api/wire";

export type Show = Label | "todo";

export interface Filter {
  readonly show: Show | null;
  readonly group: number | null;
  readonly text: string;
}

export const EVERYBODY: Filter = { show: null, group: null, text: "" };

export const DENSITIES = ["tile", "row", "wall"] as const;
export type Density = (typeof DENSITIES)[number];

/** By group, attention first inside each; or one line of everybody in this order. */
export const SORTS = ["group", "attention", "name", "since"] as const;
export type Sort = (typeof SORTS)[number];

/** How the board is drawn; no sort is the density's own. */
export interface Look {
  readonly density: Density;
  readonly sort: Sort | null;
}

export const PLAIN: Look = { density: "tile", sort: null };

/** Rows are read from the top, so attention leads them; a floor of tiles keeps its rooms. */
export const sortOf = ({ density, sort }: Look): Sort =>
  sort ?? (density === "row" ? "attention" : "group");

const SHOWS: readonly string[] = [...LABELS, "todo"];

function among<T extends string>(all: readonly T[], said: string | null): T | null {
  return all.find((one) => one === said) ?? null;
}

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

export function lookFromAddress(search: string): Look {
  const asked = new URLSearchParams(search);
  return {
    density: among(DENSITIES, asked.get("density")) ?? "tile",
    sort: among(SORTS, asked.get("sort")),
  };
}

/** The query of the address, with "?" unless it is empty. */
export function toAddress(filter: Filter, look: Look = PLAIN): string {
  const said = new URLSearchParams();
  if (filter.show) said.set("show", filter.show);
  if (filter.group !== null) said.set("group", String(filter.group));
  if (filter.text) said.set("q", filter.text);
  if (look.density !== "tile") said.set("density", look.density);
  if (look.sort) said.set("sort", look.sort);
  const query = said.toString();
  return query && `?${query}`;
}

export const isFiltering = (filter: Filter): boolean => toAddress(filter) !== "";
