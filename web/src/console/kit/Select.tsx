// A choice among few, by the browser's own list.

import { NativeSelect, type NativeSelectProps } from "@mantine/core";

export function Caret() {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d="m2.5 4.5 3.5 3.5 3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

export interface SelectProps<Value extends string>
  extends Omit<NativeSelectProps, "data" | "onChange" | "value"> {
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onPick: (value: Value) => void;
}

export function Select<Value extends string>({ options, onPick, ...rest }: SelectProps<Value>) {
  return (
    <NativeSelect
      {...rest}
      rightSection={<Caret />}
      data={options.map((option) => ({ ...option }))}
      onChange={(event) => onPick(event.currentTarget.value as Value)}
    />
  );
}
