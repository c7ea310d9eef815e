// A page of the console in a test: in Japanese, with a hub that answers from a table.

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import i18next from "i18next";
import { type ReactNode, useState } from "react";
import { initReactI18next } from "react-i18next";
import { vi } from "vitest";
import type { Role } from "../../api/shapes";
import type { Session } from "../../api/wire";
import consoleJa from "../../i18n/console.ja.json";
import ja from "../../i18n/ja.json";
import { DeskContext } from "./ask";
import { WhoAreYou } from "./WhoAreYou";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** The tag of the state that a change is of. */
  readonly of?: string;
}

type Answer = readonly [status: number, body?: unknown, etag?: string];

/** Stands in for the hub; what it was asked is kept in order. */
export function hub(answers: (asked: Asked) => Answer): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const of = new Headers(init.headers).get("if-match");
    const path = address.replace("/api/v1/", "");
    const one = { method: init.method ?? "GET", path, body, ...(of && { of }) };
    asked.push(one);
    const [status, said, etag] = answers(one);
    const headers: HeadersInit = etag ? { etag } : {};
    return new Response(said === undefined ? null : JSON.stringify(said), { status, headers });
  });
  return asked;
}

export async function inJapanese(): Promise<void> {
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  await i18next.use(initReactI18next).init({
    lng: "ja",
    resources: { ja: { translation: { ...ja, ...consoleJa } } },
    interpolation: { escapeValue: false },
  });
}

export function show(page: ReactNode, role: Role = "administrator", onEnded = () => {}) {
  const member = { id: 1, login: "boss", name: "木村 楓", role, locale: "ja" };
  const session: Session = { member, tenant: { name: "株式会社A", system_id: "A" } };
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <Around session={session} onEnded={onEnded}>
          {page}
        </Around>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

function Around(props: { session: Session; onEnded: () => void; children: ReactNode }) {
  const { session, onEnded, children } = props;
  const [then, setThen] = useState<(() => void) | null>(null);
  const [confirm] = useState(() => (next: () => void) => setThen(() => next));
  return (
    <DeskContext value={{ session, onEnded, confirm }}>
      {children}
      {then && <WhoAreYou then={then} onClose={() => setThen(null)} />}
    </DeskContext>
  );
}
