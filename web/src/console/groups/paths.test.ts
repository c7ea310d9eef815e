import { expect, it } from "vitest";
import { branchesOf, pathsOf, withBelow } from "./paths";

const group = (id: number, name: string, parent?: number) => ({
  id,
  name,
  ...(parent && { parent }),
});
const TREE = branchesOf([
  group(1, "営業部"),
  group(2, "東京", 1),
  group(3, "第一課", 2),
  group(4, "開発部"),
]);

it("groups are named from the root", () => {
  expect(pathsOf([3, 4], TREE)).toEqual(["営業部 › 東京 › 第一課", "開発部"]);
  expect(pathsOf([], TREE)).toEqual([]);
});

it("a group cannot be moved below itself", () => {
  expect(withBelow(2, TREE)).toEqual(new Set([2, 3]));
});
