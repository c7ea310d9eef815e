// The frame of the pages before the board: product, title, language, one form.

import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { LanguageSwitch } from "../shell/LanguageSwitch";
import "../styles/entry.css";

export interface CardProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

export function Card({ title, lead, children }: CardProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · zaiseki`;
  }, [title]);
  return (
    <main className="entry">
      <div className="entry-card">
        <header>
          <span className="brand">
            <b>{t("product")}</b>
            <span>zaiseki</span>
          </span>
          <LanguageSwitch />
        </header>
        <h1>{title}</h1>
        <p className="sub">{lead}</p>
        {children}
      </div>
    </main>
  );
}
