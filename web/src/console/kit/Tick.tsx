// One yes or no, with its words and, under them, what it means.

import { useId } from "react";

export interface TickProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onTick: (checked: boolean) => void;
}

export function Tick({ label, hint, checked, disabled = false, onTick }: TickProps) {
  const described = useId();
  return (
    <div className="tick">
      <label>
        <input
          type="checkbox"
          checked={checked}
          disabled={disabled}
          aria-describedby={hint ? described : undefined}
          onChange={(event) => onTick(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {hint && (
        <p id={described} className="t1 sub">
          {hint}
        </p>
      )}
    </div>
  );
}
