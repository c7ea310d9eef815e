// A websocket: what is sent and received over it, and what its close codes ask of the caller.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Who } from "./CallRow";
import { type Document, messagesOf, resolved, type Schema, type Socket } from "./document";
import { Inline } from "./Prose";
import { SchemaTree } from "./SchemaTree";

export interface OneSocketProps {
  readonly document: Document;
  readonly path: string;
  readonly socket: Socket;
}

const WAYS = ["send", "receive"] as const;

export function OneSocket({ document, path, socket }: OneSocketProps) {
  const { t } = useTranslation();
  const { summary, subprotocol, closeCodes = {} } = socket;
  return (
    <section className="socket">
      <h3>
        <code>{path}</code>
      </h3>
      <p className="sub" lang="en">
        {summary}
      </p>
      <Who operation={socket} />
      {subprotocol && (
        <p className="t1 sub who">
          {t("reference.subprotocol")} <code>{subprotocol}</code>
        </p>
      )}
      {WAYS.map((way) => (
        <div key={way}>
          <h4>{t(`reference.way.${way}`)}</h4>
          {messagesOf(document, socket[way].schema).map(({ type, schema }) => (
            <Message key={type} document={document} type={type} schema={schema} />
          ))}
        </div>
      ))}
      <h4>{t("reference.closeCodes")}</h4>
      <ul className="refused">
        {Object.entries(closeCodes).map(([code, { name, advice }]) => (
          <li key={code}>
            <code>{code}</code>
            <span>
              <code>{name}</code>
              <span className="sub">
                {t(`reference.advice.${advice}`, { defaultValue: advice })}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface MessageProps {
  readonly document: Document;
  readonly type: string;
  readonly schema: Schema;
}

const firstLine = (text = ""): string => text.split("\n")[0] ?? "";

function Message({ document, type, schema }: MessageProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="call message" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code className="path">{type}</code>
        <span className="sub" lang="en">
          <Inline text={firstLine(resolved(document, schema).description)} />
        </span>
      </summary>
      {open && (
        <div className="call-body">
          <SchemaTree document={document} schema={schema} />
        </div>
      )}
    </details>
  );
}
