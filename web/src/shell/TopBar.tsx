// The bar above every page: product, company, connection, and the person's own menu.

import { ActionIcon, Button, Menu, useMantineColorScheme } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Session } from "../api/wire";
import { secondText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { useLink } from "../board/hooks";
import { ring, soundIsOn, turnSound } from "../board/sound";
import { choose, LANGUAGES, type Language } from "../i18n";

export interface TopBarProps {
  readonly session: Session;
  readonly onKeys: () => void;
  readonly onLeave: () => void;
}

export function TopBar({ session, onKeys, onLeave }: TopBarProps) {
  const { t } = useTranslation();
  return (
    <header className="top">
      <span className="brand">
        <b>{t("product")}</b>
        <span>zaiseki</span>
      </span>
      <span className="tenant cut">{session.tenant.name}</span>
      <span className="grow" />
      <LinkWord />
      <ActionIcon
        className="help"
        variant="default"
        size={32}
        aria-label={t("menu.keys")}
        onClick={onKeys}
      >
        ?
      </ActionIcon>
      <OwnMenu session={session} onKeys={onKeys} onLeave={onLeave} />
    </header>
  );
}

function LinkWord() {
  const { t } = useTranslation();
  const { phase, lastNews } = useLink();
  const word = phase === "lost" && lastNews === null ? "never" : phase;
  return (
    <span className="link num t1" role="status" data-phase={phase}>
      {phase === "lost" && <Glyph tone="offline" />}
      {t(`link.${word}`, { time: lastNews === null ? "" : secondText(lastNews) })}
    </span>
  );
}

const SCHEMES = ["auto", "light", "dark"] as const;
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { ja: "日本語", en: "English" };

function OwnMenu({ session, onKeys, onLeave }: TopBarProps) {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [sound, setSound] = useState(soundIsOn);
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button variant="default" className="me" aria-label={t("menu.label")}>
          <span className="own cut">{session.member.name}</span>
          <span className="bars" aria-hidden="true">
            ☰
          </span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.member.name} · {t(`role.${session.member.role}`)}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("menu.language")}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(language) => choose(language as Language)}
        >
          {LANGUAGES.map((language) => (
            <Menu.RadioItem key={language} value={language} lang={language}>
              {LANGUAGE_NAMES[language]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Label>{t("menu.theme")}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme as (typeof SCHEMES)[number])}
        >
          {SCHEMES.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {t(`menu.${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.CheckboxItem
          checked={sound}
          onChange={(on) => {
            turnSound(on);
            setSound(on);
            if (on) ring();
          }}
        >
          {t("menu.sound")}
        </Menu.CheckboxItem>
        <Menu.Item onClick={onKeys} rightSection={<kbd>?</kbd>}>
          {t("menu.keys")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={onLeave}>{t("menu.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
