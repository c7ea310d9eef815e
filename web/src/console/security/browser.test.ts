import { expect, it } from "vitest";
import { browserOf } from "./browser";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";

it("a session is known again by its browser and system", () => {
  expect(browserOf(`${WINDOWS} Chrome/147.0.0.0 Safari/537.36`)).toBe("Chrome · Windows");
  expect(browserOf(`${WINDOWS} Chrome/147.0.0.0 Safari/537.36 Edg/147.0`)).toBe("Edge · Windows");
  expect(
    browserOf("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"),
  ).toBe("Safari · iOS");
});

it("what says nothing of itself has no name", () => {
  expect(browserOf("")).toBeNull();
  expect(browserOf("curl/8.5.0")).toBeNull();
});
