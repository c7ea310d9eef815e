// The reference of everything that can be said to the hub and by it: its own document, readable.

import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/http";
import { Refusal } from "../console/kit/Refusal";
import { LanguageSwitch } from "../shell/LanguageSwitch";
import { Link } from "../shell/Link";
import { CallRow } from "./CallRow";
import {
  type Call,
  type Document,
  matching,
  type Section,
  sectionsOf,
  socketsOf,
  webhooksOf,
} from "./document";
import { OneSocket } from "./OneSocket";
import { Prose } from "./Prose";
import "../i18n/reference";
import "../styles/console/facts.css";
import "../styles/reference.css";

const ADDRESS = "/openapi.json";

async function ask(): Promise<Document> {
  const answer = await fetch(ADDRESS).catch(() => null);
  if (!answer?.ok) throw new Problem(answer?.status ?? 0, "", answer?.statusText);
  return (await answer.json()) as Document;
}

export default function Reference() {
  const { t } = useTranslation();
  const asked = useQuery<Document, Problem>({ queryKey: ["reference"], queryFn: ask });
  const title = t("reference.title");
  useEffect(() => {
    document.title = `${title} · zaiseki`;
  }, [title]);
  return (
    <div className="page">
      <Bar />
      {asked.data ? (
        <Read document={asked.data} />
      ) : (
        <main className="reference-wait">
          {asked.error ? (
            <Refusal problem={asked.error} onRetry={() => void asked.refetch()} />
          ) : (
            <p className="sub" role="status">
              {t("reference.loading")}
            </p>
          )}
        </main>
      )}
    </div>
  );
}

function Bar() {
  const { t } = useTranslation();
  return (
    <header className="top">
      <Link href="/" className="brand" title={t("reference.home")}>
        <b>{t("product")}</b>
        <span>zaiseki</span>
      </Link>
      <h1>{t("reference.title")}</h1>
      <span className="grow" />
      <LanguageSwitch />
    </header>
  );
}

const SOCKETS = "websocket-messages"; // no operation has a hyphen in its name
const HOOKS = "webhook-events";
const START = "start-here";

function Read({ document }: { document: Document }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [named, name] = useNamed();
  const sections = useMemo(() => sectionsOf(document), [document]);
  const shown = useMemo(() => matching(sections, text), [sections, text]);
  const hooks = useMemo(() => webhooksOf(document), [document]);
  const sockets = useMemo(() => socketsOf(document), [document]);
  const whole = text.trim() === "";
  const called = (name: string) => t(`reference.section.${name}`, { defaultValue: name });
  return (
    <div className="reference">
      <nav aria-label={t("reference.contents")}>
        <a href={`#${START}`}>{t("reference.start")}</a>
        {sections.map((section) => (
          <a key={section.name} href={`#${anchorOf(section)}`}>
            <span className="cut">{called(section.name)}</span>
            <span className="num dim">{section.calls.length}</span>
          </a>
        ))}
        {sockets.length > 0 && <a href={`#${SOCKETS}`}>{t("reference.messages")}</a>}
        {hooks.length > 0 && <a href={`#${HOOKS}`}>{t("reference.webhooks")}</a>}
      </nav>
      <main>
        <Start document={document} />
        <div className="finding">
          <TextInput
            type="search"
            aria-label={t("reference.find")}
            placeholder={t("reference.findHint")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            spellCheck={false}
          />
          <p className="t1 sub num" role="status">
            {t("reference.count", {
              count: shown.reduce((sum, { calls }) => sum + calls.length, 0),
            })}
          </p>
        </div>
        {shown.length === 0 && <p className="sub">{t("reference.none")}</p>}
        {shown.map((section) => (
          <Part
            key={section.name}
            id={anchorOf(section)}
            title={called(section.name)}
            lead={t(`reference.lead.${section.name}`, { defaultValue: section.description })}
          >
            <Calls document={document} calls={section.calls} named={named} onOpen={name} />
          </Part>
        ))}
        {whole && sockets.length > 0 && (
          <Part id={SOCKETS} title={t("reference.messages")} lead={t("reference.messagesLead")}>
            {sockets.map(([path, socket]) => (
              <OneSocket key={path} document={document} path={path} socket={socket} />
            ))}
          </Part>
        )}
        {whole && hooks.length > 0 && (
          <Part id={HOOKS} title={t("reference.webhooks")} lead={t("reference.webhooksLead")}>
            <Calls document={document} calls={hooks} named={named} onOpen={name} />
          </Part>
        )}
      </main>
    </div>
  );
}

const anchorOf = ({ name }: Section) => `of-${name.replace(/\W+/g, "-")}`;

/** The operation that the address names, and naming another one. */
function useNamed() {
  const [named, setNamed] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const moved = () => setNamed(location.hash.slice(1));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const name = (id: string) => history.replaceState(null, "", `#${id}`);
  return [named, name] as const;
}

interface PartProps {
  readonly id: string;
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

function Part({ id, title, lead, children }: PartProps) {
  const part = useRef<HTMLElement>(null);
  useEffect(() => {
    if (location.hash === `#${id}`) part.current?.scrollIntoView();
  }, [id]);
  return (
    <section ref={part} id={id} className="chapter" aria-label={title}>
      <h2>{title}</h2>
      {lead && <p className="sub">{lead}</p>}
      {children}
    </section>
  );
}

interface CallsProps {
  readonly document: Document;
  readonly calls: readonly Call[];
  readonly named: string;
  readonly onOpen: (id: string) => void;
}

function Calls({ document, calls, named, onOpen }: CallsProps) {
  return calls.map((call) => (
    <CallRow
      key={call.id}
      document={document}
      call={call}
      named={call.id === named}
      onOpen={onOpen}
    />
  ));
}

function Start({ document }: { document: Document }) {
  const { t, i18n } = useTranslation();
  const { info } = document;
  return (
    <section id={START} className="chapter" aria-label={t("reference.start")}>
      <h2>{t("reference.start")}</h2>
      <Prose text={t("reference.intro")} lang={i18n.language} />
      <dl className="facts">
        <dt>{t("reference.base")}</dt>
        <dd>
          <code>{`${location.origin}/api/v1`}</code>
        </dd>
        <dt>{t("reference.auth")}</dt>
        <dd>
          <code>Authorization: Bearer TOKEN</code>{" "}
          <Link href="/settings/tokens">{t("reference.makeToken")}</Link>
        </dd>
        <dt>{t("reference.problems")}</dt>
        <dd>
          {t("reference.problemsHint")} <a href="/problems">{t("reference.allProblems")}</a>
        </dd>
        <dt>{t("reference.document")}</dt>
        <dd>
          <a href={ADDRESS}>openapi.json</a>{" "}
          <span className="dim t1">{t("reference.version", { version: info.version })}</span>
        </dd>
      </dl>
    </section>
  );
}
