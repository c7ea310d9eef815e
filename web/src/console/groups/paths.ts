// Groups by their names from the root, in the order in which a tree is read.

import { groups } from "../../api/console";
import type { GroupItem } from "../../api/shapes";
import { type Branch, tree } from "../../board/arrange";
import { useAsk } from "../kit/ask";

export const GROUPS = ["groups"] as const;

export const useGroups = () => useAsk(GROUPS, groups);

export const branchesOf = (items: readonly GroupItem[] | undefined): readonly Branch[] =>
  tree((items ?? []).map(({ id, name, parent }) => ({ id, name, parent: parent ?? null })));

/** 営業部 › 東京, for each of the groups, in the order of the tree. */
export function pathsOf(groups: readonly number[], branches: readonly Branch[]): string[] {
  const mine = new Set(groups);
  return branches.filter(({ id }) => mine.has(id)).map(({ path }) => path.join(" › "));
}

/** For a list of choices: a group stands under its parent, further in. */
export const indented = ({ path }: Branch): string =>
  `${"  ".repeat(path.length - 1)}${path.at(-1)}`;

/** The groups under one, and itself: what it cannot be moved below. */
export const withBelow = (id: number, branches: readonly Branch[]): ReadonlySet<number> =>
  new Set(branches.filter(({ within }) => within.includes(id)).map((branch) => branch.id));
