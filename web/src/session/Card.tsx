// The frame of the pages before the board: product, title, language, one form.

import { SegmentedControl } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { choose, type Language } from "../i18n";
import "../styles/entry.css";

export interface CardProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

export function Card({ title, lead, children }: CardProps) {
  const { t, i18n } = useTranslation();
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
          <SegmentedControl
            size="xs"
            aria-label={t("menu.language")}
            value={i18n.language}
            onChange={(language) => choose(language as Language)}
            data={[
              { value: "ja", label: "日本語" },
              { value: "en", label: "English" },
            ]}
          />
        </header>
        <h1>{title}</h1>
        <p className="sub">{lead}</p>
        {children}
      </div>
    </main>
  );
}
