// First in a layer above the page: whoever closes the layer is where they were before it opened.

import { useEffect, useState } from "react";

/** What last had the focus below every layer. */
let below: HTMLElement | null = null;

/** The focus goes back once the layer is gone, unless somebody has taken it by then. */
export function GiveBack(): null {
  const [back] = useState(remembered);
  useEffect(() => back, [back]);
  return null;
}

/** To the same control, to its row where a table was drawn anew, else to what is below. */
function remembered(): () => void {
  const had = document.activeElement as HTMLElement | null;
  const row = had?.closest<HTMLElement>("tr[data-id]");
  const table = row?.parentElement;
  if (had !== document.body && !had?.closest("[role=dialog]")) below = had;
  return () => {
    const again = table?.querySelector<HTMLElement>(`tr[data-id="${row?.dataset.id}"] button`);
    for (const one of [had, again, below]) {
      if (document.activeElement !== document.body) return;
      one?.focus({ preventScroll: true });
    }
  };
}
