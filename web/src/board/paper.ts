// Whether the page is being printed: paper does not scroll, so everybody is put on it.

import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

export function usePaper(): boolean {
  const [paper, setPaper] = useState(false);
  useEffect(() => {
    const begins = () => flushSync(() => setPaper(true)); // the browser takes its picture right after
    const ends = () => setPaper(false);
    addEventListener("beforeprint", begins);
    addEventListener("afterprint", ends);
    return () => {
      removeEventListener("beforeprint", begins);
      removeEventListener("afterprint", ends);
    };
  }, []);
  return paper;
}
