// The bar above every page: product, the places that one has, and the person's own menu.

import { ActionIcon, Button, Menu, useMantineColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Session } from "../api/wire";
import { choose, LANGUAGE_CHOICES, type Language } from "../i18n";
import { ring, soundIsOn, turnSound } from "../incidents/sound";
import { Bell } from "../notices/Bell";
import { Clock } from "./Clock";
import { Link } from "./Link";
import { type Place, pagesIn, placesOf } from "./pages";
import { go } from "./place";

export interface TopBarProps {
  readonly session: Session;
  readonly place: Place | null;
  readonly onLeave: () => void;
  /** Where the page has keys of its own. */
  readonly onKeys?: () => void;
  /** The page shows a time of its own. */
  readonly past?: boolean;
  /** What the page says of itself: how live it is. */
  readonly children?: ReactNode;
}

export function TopBar({ session, place, onKeys, past, onLeave, children }: TopBarProps) {
  const { t } = useTranslation();
  const places = placesOf(session.member.role);
  return (
    <header className="top">
      <span className="brand">
        <b>{t("product")}</b>
        <span>zaiseki</span>
      </span>
      {places.length > 1 && (
        <nav aria-label={t("menu.places")}>
          {places.map((page) => (
            <Link
              key={page.place}
              href={page.path}
              aria-current={page.place === place ? "page" : undefined}
            >
              {t(`place.${page.place}`)}
            </Link>
          ))}
        </nav>
      )}
      <span className="grow" />
      {children}
      {!past && <Clock />}
      {session.member.role !== "operator" && <Bell />}
      {onKeys && (
        <ActionIcon
          className="help"
          variant="default"
          size={32}
          aria-label={t("menu.keys")}
          onClick={onKeys}
        >
          ?
        </ActionIcon>
      )}
      <OwnMenu session={session} onKeys={onKeys} onLeave={onLeave} />
    </header>
  );
}

const WITHOUT_PLACES = "(max-width: 1000px)"; // as in shell.css
const SCHEMES = ["auto", "light", "dark"] as const;

function OwnMenu({ session, onKeys, onLeave }: Omit<TopBarProps, "place">) {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [sound, setSound] = useState(soundIsOn);
  // Not hidden by style: the arrows stop at every item that is there.
  const narrow = useMediaQuery(WITHOUT_PLACES, false, { getInitialValueInEffect: false }) ?? false;
  const { role } = session.member;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button
          variant="default"
          className="me"
          aria-label={t("menu.label", { name: session.member.name })}
        >
          <span className="own cut">{session.member.name}</span>
          <span className="bars" aria-hidden="true">
            ☰
          </span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.member.name} · {t(`role.${session.member.role}`)}
          <br />
          {session.tenant.name}
        </Menu.Label>
        {narrow &&
          placesOf(role).map((page) => (
            <Menu.Item key={page.place} onClick={() => go(page.path)}>
              {t(`place.${page.place}`)}
            </Menu.Item>
          ))}
        {pagesIn("pair", role).length > 0 && (
          <Menu.Item onClick={() => go("/pair")}>{t("menu.pair")}</Menu.Item>
        )}
        <Menu.Item onClick={() => go("/reference")}>{t("menu.reference")}</Menu.Item>
        <Menu.Item onClick={() => go("/licenses")}>{t("menu.licenses")}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("menu.language")}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(language) => choose(language as Language)}
        >
          {LANGUAGE_CHOICES.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value} lang={value}>
              {label}
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
        {onKeys && (
          <Menu.Item onClick={onKeys} rightSection={<kbd>?</kbd>}>
            {t("menu.keys")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item onClick={onLeave}>{t("menu.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
