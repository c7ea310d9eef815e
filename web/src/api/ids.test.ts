import { expect, it, vi } from "vitest";
import { newId } from "./ids";

it("names are given without TLS too, where browsers have no randomUUID", () => {
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  vi.stubGlobal("crypto", { getRandomValues });
  expect(newId()).toMatch(/^[0-9a-f]{32}$/);
  expect(newId()).not.toBe(newId());
  vi.unstubAllGlobals();
});
