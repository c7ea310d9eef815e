import { describe, expect, it } from "vitest";
import type { OwnDevice } from "../api/record";
import { bytesText, inOrder, signOf, untilText } from "./onair";

const device = (told: Partial<OwnDevice>): OwnDevice => ({
  id: 1,
  name: "PC",
  paired: true,
  created_at: 0,
  link: "online",
  live: true,
  told_at: 0,
  on_air: { camera: "on", level: "periodic" },
  ...told,
});

describe("what a device has on", () => {
  it("is said only while the device is heard", () => {
    expect(signOf(device({}))).toBe("on");
    expect(signOf(device({ live: false, link: "stale" }))).toBe("unheard");
    expect(signOf(device({ on_air: null }))).toBe("untold");
  });

  it("tells a pause and a fault from a camera that is closed", () => {
    const pause = { reason: "delivery" };
    expect(signOf(device({ on_air: { camera: "closed", level: "periodic", pause } }))).toBe(
      "paused",
    );
    expect(signOf(device({ on_air: { camera: "fault", level: "periodic" } }))).toBe("fault");
    expect(signOf(device({ on_air: { camera: "closed", level: "off" } }))).toBe("closed");
  });
});

it("bytes and times to come are short", () => {
  expect(bytesText(11_612_345)).toBe("11.6 MB");
  expect(bytesText(347_100)).toBe("348 KB");
  expect(untilText(1107, 1000)).toBe("1:47");
  expect(untilText(990, 1000)).toBe("0:00");
});

it("what is heard comes first, and what never said anything stands apart", () => {
  const silent = device({ id: 1, live: false, link: "offline" });
  const never = device({ id: 2, live: false, on_air: null });
  const heard = device({ id: 3 });
  expect(inOrder([silent, never, heard])).toEqual({ told: [heard, silent], untold: [never] });
});
