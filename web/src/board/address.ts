// Filter and look live in the address; the last ones come back when the board is opened without any.

import { useCallback, useEffect, useState } from "react";
import { onMoved } from "../shell/place";
import { type Filter, fromAddress, type Look, lookFromAddress, toAddress } from "./filter";

const LAST = "zaiseki.filter";

interface Address {
  readonly filter: Filter;
  readonly look: Look;
}

const read = (search: string): Address => ({
  filter: fromAddress(search),
  look: lookFromAddress(search),
});

/** The next person at this browser starts with everybody. */
export function forgetFilter(): void {
  localStorage.removeItem(LAST);
  history.replaceState(null, "", location.pathname);
}

/** A moment that has gone stays in the address, but is not what one comes back to. */
function withMoment(query: string): string {
  const at = new URLSearchParams(location.search).get("at");
  if (!at) return query;
  const all = new URLSearchParams(query);
  all.set("at", at);
  return `?${all}`;
}

const queryOf = ({ filter, look }: Address): string => toAddress(filter, look);

/** The same object where nothing is to be drawn or written anew. */
function after(old: Address, search: string): Address {
  const next = search === "" ? { ...old } : read(search);
  return search !== "" && queryOf(next) === queryOf(old) ? old : next;
}

export interface Addressed extends Address {
  readonly setFilter: (filter: Filter) => void;
  readonly setLook: (look: Look) => void;
}

export function useAddress(): Addressed {
  const [address, setAddress] = useState(() =>
    read(location.search || (localStorage.getItem(LAST) ?? "")),
  );
  useEffect(() => {
    const query = toAddress(address.filter, address.look);
    localStorage.setItem(LAST, query);
    const shown = withMoment(query);
    if (shown !== location.search) history.replaceState(null, "", location.pathname + shown);
  }, [address]);
  useEffect(() => {
    const here = location.pathname;
    // The bar's own link says nothing of a filter: it comes back to what one has.
    return onMoved(() => {
      if (location.pathname === here) setAddress((old) => after(old, location.search));
    });
  }, []);
  const setFilter = useCallback((filter: Filter) => setAddress((old) => ({ ...old, filter })), []);
  const setLook = useCallback((look: Look) => setAddress((old) => ({ ...old, look })), []);
  return { ...address, setFilter, setLook };
}
