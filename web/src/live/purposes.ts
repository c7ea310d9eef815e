// What the charter lets people look at somebody else for.

import { useQuery } from "@tanstack/react-query";
import { charter } from "../api/console";
import type { Problem } from "../api/http";
import type { Charters } from "../api/shapes";
import { PURPOSES, type Purpose } from "../api/wire";

/** None until the charter is known; all where it cannot be read, for the hub has the last word. */
export function useAllowedPurposes(): readonly Purpose[] {
  const asked = useQuery<Charters, Problem>({
    queryKey: ["charter"],
    queryFn: charter,
    staleTime: 0,
    retry: false,
  });
  if (asked.isPending) return [];
  const allowed = asked.data?.current?.viewing_purposes;
  return PURPOSES.filter((one) => !allowed || allowed.includes(one));
}
