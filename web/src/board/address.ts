// The filter lives in the address; the last one comes back when the board is opened without any.

import { useCallback, useEffect, useState } from "react";
import { type Filter, fromAddress, toAddress } from "./filter";

const LAST = "zaiseki.filter";

function opening(): Filter {
  const search = location.search || (localStorage.getItem(LAST) ?? "");
  return fromAddress(search);
}

/** The next person at this browser starts with everybody. */
export function forgetFilter(): void {
  localStorage.removeItem(LAST);
  history.replaceState(null, "", location.pathname);
}

export function useFilter(): readonly [Filter, (filter: Filter) => void] {
  const [filter, setFilter] = useState(opening);
  useEffect(() => {
    const query = toAddress(filter);
    localStorage.setItem(LAST, query);
    if (query !== location.search) history.replaceState(null, "", location.pathname + query);
  }, [filter]);
  useEffect(() => {
    const went = () => setFilter(fromAddress(location.search));
    addEventListener("popstate", went);
    return () => removeEventListener("popstate", went);
  }, []);
  return [filter, useCallback((next: Filter) => setFilter(next), [])];
}
