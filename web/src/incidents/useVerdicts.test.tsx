// @vitest-environment jsdom

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { IncidentItem, Session } from "../api/wire";
import { INCIDENTS_QUERY } from "../board/record";
import { DeskContext } from "../console/kit/ask";
import { useVerdicts } from "./useVerdicts";

const ITEM = { id: "a1", judged_at: null } as unknown as IncidentItem;
const DETAIL = [...INCIDENTS_QUERY, "one", ITEM.id];

afterEach(() => {
  vi.unstubAllGlobals();
});

it("what was known of an incident while it was judged is gone once that is taken back", async () => {
  const answers: Record<string, () => Response> = {
    POST: () => Response.json({ ...ITEM, judged_at: 7 }),
    DELETE: () => new Response(null, { status: 204 }),
  };
  vi.stubGlobal("fetch", async (_: unknown, { method = "GET" }: RequestInit) =>
    answers[method]?.(),
  );
  const queries = new QueryClient();
  const desk = { session: {} as Session, onEnded: () => {}, confirm: () => {} };
  const onUndone = vi.fn(() => expect(queries.getQueryData(DETAIL)).toBeUndefined());
  const around = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>
      <DeskContext value={desk}>{children}</DeskContext>
    </QueryClientProvider>
  );
  const told = { onGiven: () => {}, onUndone };
  const { result } = renderHook(() => useVerdicts(told), { wrapper: around });

  act(() => result.current.say(ITEM, "confirmed", ""));
  await waitFor(() => expect(result.current.given).not.toBeNull());
  queries.setQueryData(DETAIL, { incident: { ...ITEM, judged_at: 7 } });
  act(() => result.current.undo());
  await waitFor(() => expect(onUndone).toHaveBeenCalled());

  expect(queries.getQueryData(DETAIL)).toBeUndefined();
});
