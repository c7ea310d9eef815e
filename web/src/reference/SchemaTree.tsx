// A type as a list of its fields; what a field leads to opens under it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  boundsOf,
  choicesOf,
  type Document,
  isNullable,
  nameOf,
  partsOf,
  resolved,
  type Schema,
  typeText,
  wordsOf,
} from "./document";
import { Prose } from "./Prose";

interface SchemaTreeProps {
  readonly document: Document;
  readonly schema: Schema;
}

/** What a schema is, from its own description down. */
export function SchemaTree({ document, schema }: SchemaTreeProps) {
  const of = resolved(document, schema);
  const choices = choicesOf(of);
  return (
    <div className="tree">
      {of.description && <Prose text={of.description} />}
      {of.properties ? (
        <Fields document={document} schema={of} />
      ) : choices.length > 1 ? (
        choices.map((one) => <Part key={typeText(one)} document={document} schema={one} />)
      ) : (
        <>
          <Value document={document} schema={schema} />
          <Parts document={document} schema={of} />
        </>
      )}
    </div>
  );
}

function Fields({ document, schema }: SchemaTreeProps) {
  const { t } = useTranslation();
  const { properties = {}, required = [] } = schema;
  return (
    <dl className="fields">
      {Object.entries(properties).map(([name, of]) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
            {!required.includes(name) && <span className="t1 dim">{t("reference.optional")}</span>}
          </dt>
          <dd>
            <Value document={document} schema={of} />
            <Parts document={document} schema={of} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** One value in a line: its type, what bounds it, the words it can be. */
export function Value({ document, schema }: SchemaTreeProps) {
  const { t } = useTranslation();
  const words = wordsOf(document, schema);
  const { default: given } = schema;
  return (
    <div className="value">
      <code className="type">{typeText(schema)}</code>
      {isNullable(schema) && <span className="t1 dim">{t("reference.orNull")}</span>}
      {given !== undefined && given !== null && (
        <span className="t1 dim">
          {t("reference.default")} <code>{JSON.stringify(given)}</code>
        </span>
      )}
      {boundsOf(schema).map((bound) => (
        <code key={bound} className="t1 dim bound">
          {bound}
        </code>
      ))}
      {words.length > 0 && (
        <span className="words t1">
          {words.map((word) => (
            <code key={String(word)}>{String(word)}</code>
          ))}
        </span>
      )}
      {!schema.$ref && schema.description && <Prose text={schema.description} small />}
    </div>
  );
}

function Parts({ document, schema }: SchemaTreeProps) {
  return partsOf(document, schema).map((part, at) => (
    <Part key={part.$ref ?? at} document={document} schema={part} />
  ));
}

function Part({ document, schema }: SchemaTreeProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const name = schema.$ref ? nameOf(schema.$ref) : t("reference.fields");
  return (
    <details className="of" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code>{name}</code>
      </summary>
      {open && <SchemaTree document={document} schema={schema} />}
    </details>
  );
}
