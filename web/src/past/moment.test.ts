import { expect, it } from "vitest";
import { momentName, momentOf } from "./moment";

it("a moment in the address is Japan's, and comes back as it was written", () => {
  const at = momentOf("2026-11-20T10:15");
  expect(at).toBe(Date.parse("2026-11-20T01:15:00Z") / 1000);
  expect(momentName((at ?? 0) + 59)).toBe("2026-11-20T10:15");
});

it("what is no moment is none", () => {
  expect(["", "yesterday", "2026-13-01T00:00", "2026-11-20"].map(momentOf)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
