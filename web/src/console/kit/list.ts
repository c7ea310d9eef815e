// Several things in one sentence, as the reader's language strings them together.

import { useTranslation } from "react-i18next";

export const listText = (items: readonly string[], language: string): string =>
  new Intl.ListFormat(language, { type: "conjunction", style: "narrow" }).format(items);

export function useList(): (items: readonly string[]) => string {
  const { i18n } = useTranslation();
  return (items) => listText(items, i18n.language);
}
