import { describe, expect, it, vi } from "vitest";
import { ability, bytesOf } from "./browser";

describe("a key of the hub", () => {
  it("is read from base64url without padding", () => {
    expect([...bytesOf("-_8A")]).toEqual([251, 255, 0]);
    expect([...bytesOf("AQ")]).toEqual([1]);
  });
});

describe("a browser", () => {
  it("that knows no push cannot, whatever the person says", () => {
    expect(ability()).toBe("none");
  });

  it("may unless the person has forbidden it", () => {
    vi.stubGlobal("PushManager", class {});
    vi.stubGlobal("navigator", { serviceWorker: {} });
    for (const [permission, able] of [
      ["denied", "denied"],
      ["default", "may"],
      ["granted", "may"],
    ]) {
      vi.stubGlobal("Notification", { permission });
      expect(ability()).toBe(able);
    }
    vi.unstubAllGlobals();
  });
});
