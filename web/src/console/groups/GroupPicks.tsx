// Which groups: a list to tick, as long as the tree is.

import type { Branch } from "../../board/arrange";

export interface GroupPicksProps {
  readonly label: string;
  readonly branches: readonly Branch[];
  readonly picked: readonly number[];
  readonly onPick: (picked: readonly number[]) => void;
}

export function GroupPicks({ label, branches, picked, onPick }: GroupPicksProps) {
  if (branches.length === 0) return null;
  const toggle = (id: number, on: boolean) =>
    onPick(on ? [...picked, id] : picked.filter((one) => one !== id));
  return (
    <fieldset className="picks">
      <legend>{label}</legend>
      <div>
        {branches.map(({ id, path }) => (
          <label key={id} data-depth={Math.min(path.length - 1, 5)}>
            <input
              type="checkbox"
              checked={picked.includes(id)}
              onChange={(event) => toggle(id, event.currentTarget.checked)}
            />
            <span className="cut" title={path.join(" › ")}>
              {path.at(-1)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
