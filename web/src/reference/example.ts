// An example of a call, made from the document: the body by its schema, and curl around it.

import {
  type Call,
  type Content,
  callersOf,
  choicesOf,
  type Document,
  type Operation,
  resolved,
  type Schema,
} from "./document";

const DEPTH = 5; // types that contain themselves end there

/** A value that the schema admits, with what is required and what has no default. */
export function exampleOf(document: Document, schema: Schema, depth = DEPTH): unknown {
  const of = resolved(document, schema);
  if (of.examples?.[0] !== undefined) return of.examples[0];
  if (of.const !== undefined) return of.const;
  if (of.enum) return of.enum[0];
  if (of.default !== undefined && of.default !== null) return of.default;
  const [choice] = choicesOf(of);
  if (choice) return exampleOf(document, choice, depth);
  const type = [of.type ?? "object"].flat()[0];
  if (type === "object") return depth > 0 ? fieldsOf(document, of, depth) : {};
  if (type === "array")
    return typeof of.items === "object" && depth > 0
      ? [exampleOf(document, of.items, depth - 1)]
      : [];
  if (type === "integer" || type === "number") return of.minimum ?? (of.maximum === 0 ? 0 : 1);
  if (type === "boolean") return true;
  return "…";
}

function fieldsOf(document: Document, { properties = {}, required = [] }: Schema, depth: number) {
  const told = Object.entries(properties).filter(([name]) => required.includes(name));
  const shown = told.length > 0 ? told : Object.entries(properties).slice(0, 1);
  return Object.fromEntries(
    shown.map(([name, of]) => [name, exampleOf(document, of, depth - 1)] as const),
  );
}

/** The example that the document has by itself. */
function given(document: Document, { example, examples = {} }: Content[string]): unknown {
  const [first] = Object.values(examples);
  return example ?? (first && resolved(document, first).value);
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Whether the answer has no end: curl must not wait for it. */
const streams = ({ responses = {} }: Operation): boolean =>
  Object.values(responses).some(({ content = {} }) => "text/event-stream" in content);

/** The call as it is typed into a shell, with TOKEN for the caller's own. */
export function curlOf(document: Document, call: Call, origin: string): string {
  const { method, path, operation } = call;
  const verb = method === "GET" ? "" : `-X ${method} `;
  const lines = [`curl ${streams(operation) ? "-N " : verb}${quoted(origin + path)}`];
  const { programs, devices, people } = callersOf(operation);
  if (programs || devices || people) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  const [media, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (media === "application/json" && body?.schema) {
    lines.push(`-H 'Content-Type: ${media}'`);
    lines.push(
      `-d ${quoted(JSON.stringify(given(document, body) ?? exampleOf(document, body.schema)))}`,
    );
  } else if (media) {
    lines.push(`-H 'Content-Type: ${media}'`, "--data-binary @FILE");
  }
  return lines.join(" \\\n  ");
}
