// Six digits from an authenticator app, in half or full width; or a recovery code.

import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

export interface CodeInputProps {
  readonly code: string;
  readonly onCode: (code: string) => void;
  readonly label?: string;
  readonly recovery?: boolean;
}

export function CodeInput({ code, onCode, label, recovery = false }: CodeInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={label ?? t(recovery ? "signIn.recovery" : "signIn.code")}
      name="code"
      className="code"
      inputMode={recovery ? "text" : "numeric"}
      autoComplete="one-time-code"
      spellCheck={false}
      autoFocus
      data-autofocus
      value={code}
      onChange={(event) => onCode(event.currentTarget.value.normalize("NFKC"))}
    />
  );
}

const DIGITS = /^\d{6}$/;

export const isCode = (code: string): boolean => DIGITS.test(code.replaceAll(/\s/g, ""));
