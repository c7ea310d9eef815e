// Languages of the screen: Japanese first, English complete; the choice stays in this browser.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import ja from "./ja.json";

export const LANGUAGES = ["ja", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const NAMES: Readonly<Record<Language, string>> = { ja: "日本語", en: "English" };

/** Each in its own words, whatever is read now. */
export const LANGUAGE_CHOICES = LANGUAGES.map((value) => ({ value, label: NAMES[value] }));

const CHOICE = "zaiseki.language";

const isLanguage = (said: string | null | undefined): said is Language =>
  LANGUAGES.some((language) => language === said);

function chosen(): Language | null {
  const said = localStorage.getItem(CHOICE);
  return isLanguage(said) ? said : null;
}

export async function startLanguages(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(initReactI18next).init({
    resources: { ja: { translation: ja }, en: { translation: en } },
    lng: chosen() ?? "ja",
    fallbackLng: "ja",
    interpolation: { escapeValue: false }, // React escapes
  });
}

export function choose(language: Language): void {
  localStorage.setItem(CHOICE, language);
  void i18next.changeLanguage(language);
}

/** The language of the person's account, unless this browser has a choice of its own. */
export function follow(locale: string | null | undefined): void {
  if (chosen() === null && isLanguage(locale)) void i18next.changeLanguage(locale);
}
