// The language, where nobody is signed in whose own it could be.

import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { choose, LANGUAGE_CHOICES, type Language } from "../i18n";

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("menu.language")}
      value={i18n.language}
      onChange={(language) => choose(language as Language)}
      data={LANGUAGE_CHOICES}
    />
  );
}
