// One operation: a line that opens to what it takes, what it answers and how it refuses.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Copied } from "./Copied";
import {
  type Answer,
  type Call,
  callersOf,
  type Document,
  type Operation,
  type Parameter,
  problemsIn,
  resolved,
} from "./document";
import { curlOf } from "./example";
import { Inline, Prose } from "./Prose";
import { SchemaTree, Value } from "./SchemaTree";

export interface CallRowProps {
  readonly document: Document;
  readonly call: Call;
  /** It is what the address names. */
  readonly named: boolean;
  readonly onOpen: (id: string) => void;
}

export function CallRow({ document, call, named, onOpen }: CallRowProps) {
  const { id, method, path, operation } = call;
  const [open, setOpen] = useState(named);
  const row = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (!named) return;
    setOpen(true);
    row.current?.scrollIntoView({ block: "start" });
  }, [named]);
  return (
    <details
      ref={row}
      id={id}
      className="call"
      open={open}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        setOpen(now);
        if (now && !open) onOpen(id);
      }}
    >
      <summary>
        <code className="method">{method}</code>
        <code className="path">{path}</code>
        <span className="sub" lang="en">
          <Inline text={operation.summary ?? ""} />
        </span>
      </summary>
      {open && <CallBody document={document} call={call} />}
    </details>
  );
}

function CallBody({ document, call }: { document: Document; call: Call }) {
  const { t } = useTranslation();
  const { operation } = call;
  const { description, requestBody } = operation;
  const parameters = (operation.parameters ?? []).map((one) => resolved(document, one));
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, answer]) => [status, resolved(document, answer)] as const,
  );
  const called = call.path.startsWith("/");
  const done = called ? answers.filter(([status]) => /^[23]/.test(status)) : [];
  const refused = called ? answers.filter(([status]) => /^[45]/.test(status)) : [];
  return (
    <div className="call-body">
      {description && description !== operation.summary && <Prose text={description} />}
      {called && <Who operation={operation} />}
      {parameters.length > 0 && (
        <Block title={t("reference.parameters")}>
          <Parameters document={document} parameters={parameters} />
        </Block>
      )}
      {Object.entries(requestBody?.content ?? {}).map(([media, { schema }]) => (
        <Block key={media} title={t("reference.body")} note={media}>
          {schema && <SchemaTree document={document} schema={schema} />}
        </Block>
      ))}
      {done.map(([status, answer]) => (
        <Block key={status} title={t("reference.answer")} note={status}>
          {Object.entries(answer.content ?? {}).map(([media, { schema }]) => (
            <div key={media}>
              <code className="t1 dim">{media}</code>
              {schema && <SchemaTree document={document} schema={schema} />}
            </div>
          ))}
          {!answer.content && <p className="sub">{t("reference.empty")}</p>}
          <Headers document={document} headers={answer.headers ?? {}} />
        </Block>
      ))}
      {refused.length > 0 && (
        <Block title={t("reference.problems")}>
          <ul className="refused">
            {refused.map(([status, answer]) => (
              <li key={status}>
                <code>{status}</code>
                <span>
                  {problemsIn(answer).map((kind) => (
                    <a key={kind} href={kind}>
                      {kind.replace("/problems/", "")}
                    </a>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </Block>
      )}
      {!called && answers.length > 0 && (
        <Block title={t("reference.receiver")}>
          <ul className="refused">
            {answers.map(([status, answer]) => (
              <li key={status}>
                <code>{status}</code>
                <span lang="en">{answer.description}</span>
              </li>
            ))}
          </ul>
        </Block>
      )}
      {called && (
        <Block title={t("reference.example")}>
          <Copied text={curlOf(document, call, location.origin)} />
        </Block>
      )}
    </div>
  );
}

/** Who may call it, and with which scope of a token. */
export function Who({ operation }: { operation: Pick<Operation, "security"> }) {
  const { t } = useTranslation();
  const { anybody, programs, devices, people, scopes } = callersOf(operation);
  const said = [
    anybody && t("reference.byAnybody"),
    people && t("reference.byPeople"),
    programs && t("reference.byToken"),
    devices && t("reference.byDevice"),
  ];
  return (
    <p className="t1 sub who">
      <span>{t("reference.callers", { who: said.filter(Boolean).join(t("reference.and")) })}</span>
      {scopes.map((scope) => (
        <code key={scope}>{scope}</code>
      ))}
    </p>
  );
}

interface HeadersProps {
  readonly document: Document;
  readonly headers: NonNullable<Answer["headers"]>;
}

function Headers({ document, headers }: HeadersProps) {
  const { t } = useTranslation();
  const all = Object.entries(headers).map(([name, header]) => ({
    name,
    in: "header",
    required: true,
    ...resolved(document, header),
  }));
  if (all.length === 0) return null;
  return (
    <details className="of">
      <summary>{t("reference.headers", { count: all.length })}</summary>
      <div className="tree">
        <Parameters document={document} parameters={all} />
      </div>
    </details>
  );
}

function Block({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className="piece">
      <h3>
        {title} {note && <code className="t1">{note}</code>}
      </h3>
      {children}
    </section>
  );
}

interface ParametersProps {
  readonly document: Document;
  readonly parameters: readonly Parameter[];
}

function Parameters({ document, parameters }: ParametersProps) {
  const { t } = useTranslation();
  return (
    <dl className="fields">
      {parameters.map(({ name, in: place, required, description, schema = {} }) => (
        <div key={`${place} ${name}`}>
          <dt>
            <code>{name}</code>
            <span className="t1 dim">
              {t(`reference.in.${place}`)}
              {!required && ` · ${t("reference.optional")}`}
            </span>
          </dt>
          <dd>
            <Value document={document} schema={schema} />
            {description && <Prose text={description} small />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
