// Copying a text to where it is needed, and saying so.

import { useState } from "react";

/** Whether it was copied, and copying it. */
export function useCopy(text: string): readonly [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return [copied, copy];
}
