import { expect, it } from "vitest";
import type { Kind } from "../api/wire";
import { type Burst, type Call, goesOn, joined, leading, others } from "./burst";

const call = (id: string, kind: Kind = "peeping", member = 7): Call => ({
  id,
  kind,
  member,
  name: `${member}`,
});
const all = (...calls: readonly (readonly [Call, number])[]): Burst | undefined =>
  calls.reduce<Burst | undefined>((burst, [one, atMs]) => joined(burst, one, atMs), undefined);

it("what opens within seconds is one call that counts, led by the gravest", () => {
  const burst = all(
    [call("a"), 0],
    [call("b", "impersonation", 8), 2_000],
    [call("c", "impersonation", 9), 6_000],
    [call("d", "camera_covered"), 9_000],
  );
  if (!burst) throw new Error("there is none");
  expect(burst.calls.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
  expect(leading(burst).id).toBe("b");
  expect(others(burst)).toBe(2);
});

it("what opens after some quiet is another call", () => {
  expect(all([call("a"), 0], [call("b"), 5_000])?.calls).toEqual([call("b")]);
});

it("an incident that is told twice counts once", () => {
  expect(all([call("a"), 0], [call("a"), 100])?.calls).toHaveLength(1);
});

it("a storm without an end is told again each minute", () => {
  expect(goesOn({ firstMs: 0, lastMs: 59_000 }, 59_900)).toBe(true);
  expect(goesOn({ firstMs: 0, lastMs: 59_900 }, 60_000)).toBe(false);
  expect(goesOn(null, 0)).toBe(false);
});
