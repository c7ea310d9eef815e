// The hub's OpenAPI document as the reference page reads it: pure, and ready for what it does not know.

export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly contentEncoding?: string;
  /** What the text is made of: of server-sent events, their data. */
  readonly contentSchema?: Schema;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: boolean | Schema;
  readonly prefixItems?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<
    Record<string, { readonly value?: unknown; readonly $ref?: string }>
  >;
}

export type Content = Readonly<Record<string, Media>>;

export interface Header {
  readonly description?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface Answer {
  readonly description?: string;
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, Header & { readonly $ref?: string }>>;
}

export interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly (Parameter & { readonly $ref?: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses?: Readonly<Record<string, Answer & { readonly $ref?: string }>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** A websocket: what one sends, what one receives, and what its close codes ask of one. */
export interface Socket {
  readonly summary?: string;
  readonly subprotocol?: string;
  readonly security?: Operation["security"];
  readonly send: { readonly schema: Schema };
  readonly receive: { readonly schema: Schema };
  readonly closeCodes?: Readonly<
    Record<string, { readonly name: string; readonly advice: string }>
  >;
}

type PathItem = Readonly<Record<string, Operation>>;

export interface Document {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description?: string;
  };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly webhooks?: Readonly<Record<string, PathItem>>;
  readonly "x-websockets"?: Readonly<Record<string, Socket>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One operation with where it stands; `id` is its stable address on the page. */
export interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export interface Section {
  readonly name: string;
  readonly description: string;
  readonly calls: readonly Call[];
}

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"] as const;

/** "/api/v1/members.csv" and "/api/v1/members/{member}" are both about members. */
export const topicOf = (path: string): string =>
  (path.replace(/^\/api\/v\d+\//, "").split(/[/.]/)[0] ?? "").trim() || path;

function callsOf(items: Readonly<Record<string, PathItem>>): Call[] {
  return Object.entries(items).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const id = operation.operationId ?? `${method}-${path.replace(/\W+/g, "-")}`;
      return [{ id, method: method.toUpperCase(), path, operation }];
    }),
  );
}

/** The operations under their tags, in the order of the document; one without stands by its path. */
export function sectionsOf({ paths, tags = [] }: Document): readonly Section[] {
  const sections = new Map<string, Call[]>(tags.map(({ name }) => [name, []]));
  for (const call of callsOf(paths)) {
    const name = call.operation.tags?.[0] ?? topicOf(call.path);
    sections.set(name, [...(sections.get(name) ?? []), call]);
  }
  const told = new Map(tags.map(({ name, description }) => [name, description ?? ""]));
  return [...sections]
    .filter(([, calls]) => calls.length > 0)
    .map(([name, calls]) => ({ name, description: told.get(name) ?? "", calls }));
}

/** What the hub sends to others by itself. */
export const webhooksOf = ({ webhooks = {} }: Document): readonly Call[] => callsOf(webhooks);

/** Every word must be in the method, the path, the name or the summary. */
export function matching(sections: readonly Section[], text: string): readonly Section[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = ({ method, path, operation }: Call) => {
    const { operationId = "", summary = "" } = operation;
    const all = `${method} ${path} ${operationId} ${summary}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return sections
    .map((section) => ({ ...section, calls: section.calls.filter(has) }))
    .filter(({ calls }) => calls.length > 0);
}

export const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

/** What a reference stands for; what the document lacks is empty. */
export function resolved<T extends object>(
  document: Document,
  of: T & { readonly $ref?: string },
): T {
  if (!of.$ref) return of;
  const [, , kind = "", name = ""] = of.$ref.split("/");
  return (document.components[kind]?.[name] ?? {}) as T;
}

/** The types of problems that an answer may be. */
export function problemsIn({ content = {}, description = "" }: Answer): readonly string[] {
  const parts = Object.values(content).flatMap(({ schema }) => [schema, ...(schema?.allOf ?? [])]);
  const named = parts.flatMap((part) => part?.properties?.type?.enum ?? []).map(String);
  return named.length > 0 ? named : (description.match(/\/problems\/[\w-]+/g) ?? []);
}

export const socketsOf = (document: Document): readonly (readonly [string, Socket])[] =>
  Object.entries(document["x-websockets"] ?? {});

export interface Message {
  readonly type: string;
  readonly schema: Schema;
}

/** The messages of one direction, told apart by their type. */
export function messagesOf(document: Document, schema: Schema): readonly Message[] {
  const { discriminator } = resolved(document, schema);
  return Object.entries(discriminator?.mapping ?? {}).map(([type, $ref]) => ({
    type,
    schema: { $ref },
  }));
}

/** Who may call, in the words of the document's security schemes. */
export interface Callers {
  readonly anybody: boolean;
  readonly programs: boolean;
  readonly devices: boolean;
  readonly people: boolean;
  readonly scopes: readonly string[];
}

export function callersOf({ security = [] }: Pick<Operation, "security">): Callers {
  const by = (scheme: string) => security.some((one) => scheme in one);
  return {
    anybody: security.length === 0,
    programs: by("token"),
    devices: by("device"),
    people: by("cookie") || by("session"),
    scopes: security.flatMap(({ token = [] }) => token),
  };
}

/** Any of several, without the null that only says that it may be absent. */
export function choicesOf(schema: Schema): readonly Schema[] {
  const all = schema.anyOf ?? schema.oneOf ?? [];
  return all.filter(({ type }) => type !== "null");
}

export const isNullable = ({ anyOf, oneOf, type }: Schema): boolean =>
  [...(anyOf ?? []), ...(oneOf ?? [])].some((one) => one.type === "null") ||
  (Array.isArray(type) && type.includes("null"));

const plain = (schema: Schema): Schema => {
  const choices = choicesOf(schema);
  return choices.length === 1 && choices[0] ? choices[0] : schema;
};

/** A type in a word: string, integer[], Role, string | integer. */
export function typeText(schema: Schema): string {
  const of = plain(schema);
  if (of.$ref) return nameOf(of.$ref);
  const choices = choicesOf(of);
  if (choices.length > 0) return [...new Set(choices.map(typeText))].join(" | ");
  const types = [of.type ?? []].flat().filter((one) => one !== "null");
  if (types[0] === "array")
    return typeof of.items === "object" ? `${typeText(of.items)}[]` : "array";
  if (types[0] === "object" && typeof of.additionalProperties === "object")
    return `{ [key]: ${typeText(of.additionalProperties)} }`;
  const [word] = of.enum ?? [of.const];
  if (types.length === 0 && word !== undefined) return typeof word;
  return types.join(" | ") || "any";
}

const PATTERN_MAX_CHARS = 40; // longer ones say nothing to a reader

/** The bounds of a value as one line, shortest first. */
export function boundsOf(schema: Schema): readonly string[] {
  const of = plain(schema);
  const span = (low: number | undefined, high: number | undefined, unit: string) => {
    if (low === undefined && high === undefined) return [];
    return [`${low ?? ""}–${high ?? ""}${unit}`];
  };
  return [
    ...(of.format ? [of.format] : []),
    ...(of.contentEncoding ? [of.contentEncoding] : []),
    ...span(of.minimum, of.maximum, ""),
    ...(of.exclusiveMinimum === undefined ? [] : [`> ${of.exclusiveMinimum}`]),
    ...(of.exclusiveMaximum === undefined ? [] : [`< ${of.exclusiveMaximum}`]),
    ...span(of.minLength, of.maxLength, " chars"),
    ...span(of.minItems, of.maxItems, " items"),
    ...(of.pattern && of.pattern.length <= PATTERN_MAX_CHARS ? [of.pattern] : []),
  ];
}

/** The objects that a type leads to and that are worth opening under it. */
export function partsOf(document: Document, schema: Schema): readonly Schema[] {
  const of = plain(schema);
  if (of.$ref) {
    const target = resolved(document, of);
    return target.properties || choicesOf(target).length > 0 ? [of] : [];
  }
  if (of.properties) return [of];
  if (of.contentSchema) return partsOf(document, of.contentSchema);
  if (typeof of.items === "object") return partsOf(document, of.items);
  if (typeof of.additionalProperties === "object")
    return partsOf(document, of.additionalProperties);
  return choicesOf(of).flatMap((one) => partsOf(document, one));
}

/** The words that a value can be: its own, those of its type, or of the items of a list. */
export function wordsOf(document: Document, schema: Schema): readonly unknown[] {
  const of = plain(schema);
  const target = resolved(document, of);
  if (target.const !== undefined) return [target.const];
  if (target.enum) return target.enum;
  return typeof target.items === "object" ? wordsOf(document, target.items) : [];
}
