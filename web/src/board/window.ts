// What a page with a live board says as a whole: its title, and whether it shows the present.

import { useEffect } from "react";
import { useLink } from "./hooks";

export function useWindow(title: string): void {
  const { phase } = useLink();
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    document.documentElement.dataset.link = phase;
    return () => {
      delete document.documentElement.dataset.link;
    };
  }, [phase]);
}
