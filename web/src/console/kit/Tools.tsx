// The line above a table: search, filters, and at its right what one can do.

import { TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { pressOf } from "../../board/bindings";

export interface ToolsProps {
  readonly find?: { readonly text: string; readonly onText: (text: string) => void };
  readonly placeholder?: string;
  readonly filters?: ReactNode;
  readonly children?: ReactNode;
}

export function Tools({ find, placeholder, filters, children }: ToolsProps) {
  return (
    <div className="tools">
      {find && <Find {...find} placeholder={placeholder} />}
      {filters}
      <span className="grow" />
      {children}
    </div>
  );
}

interface FindProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly placeholder: string | undefined;
}

function Find({ text, onText, placeholder }: FindProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { key, modified, typing } = pressOf(event);
      if (key !== "/" || modified || typing) return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return (
    <TextInput
      ref={input}
      className="find"
      type="search"
      aria-label={t("kit.find")}
      aria-keyshortcuts="/"
      placeholder={placeholder}
      value={text}
      onChange={(event) => onText(event.currentTarget.value)}
      rightSection={text === "" && <kbd>/</kbd>}
      spellCheck={false}
    />
  );
}
