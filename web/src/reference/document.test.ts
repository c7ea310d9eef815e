import { describe, expect, it } from "vitest";
import {
  boundsOf,
  callersOf,
  type Document,
  matching,
  messagesOf,
  partsOf,
  problemsIn,
  sectionsOf,
  socketsOf,
  topicOf,
  typeText,
  webhooksOf,
  wordsOf,
} from "./document";
import { curlOf, exampleOf } from "./example";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const DOCUMENT: Document = {
  info: { title: "zaiseki", version: "1" },
  tags: [{ name: "People", description: "Who there is." }],
  paths: {
    "/api/v1/members": {
      get: { operationId: "members", tags: ["People"], summary: "Who there is." },
      post: {
        operationId: "add_member",
        tags: ["People"],
        summary: "One more.",
        security: [{ cookie: [] }, { token: ["members:write"] }],
        requestBody: { content: { "application/json": { schema: ref("NewMember") } } },
      },
    },
    "/api/v1/tokens/{token}": { delete: { operationId: "revoke_token", summary: "No more." } },
    "/api/v1/links": { get: { security: [] } },
  },
  webhooks: { "punch.created": { post: { operationId: "hook_punch" } } },
  "x-websockets": { "/ws/watch": { send: { schema: {} }, receive: { schema: ref("ToWatcher") } } },
  components: {
    schemas: {
      Role: { enum: ["worker", "auditor"] },
      NewMember: {
        type: "object",
        properties: {
          name: { type: "string", minLength: 1, maxLength: 200 },
          role: ref("Role"),
          locale: { type: "string", enum: ["ja", "en"], default: "ja" },
          boss: { anyOf: [ref("NewMember"), { type: "null" }], default: null },
          parts: { type: "array", items: ref("NewMember") },
        },
        required: ["name", "role", "parts"],
      },
      ToWatcher: {
        anyOf: [ref("NewMember")],
        discriminator: { mapping: { delta: "#/components/schemas/NewMember" } },
      },
    },
  },
};

const SCHEMAS = DOCUMENT.components.schemas as Record<string, Parameters<typeof typeText>[0]>;
const FIELDS = SCHEMAS.NewMember?.properties ?? {};

describe("the operations of a document", () => {
  it("stand under their tag, or under what their path is about", () => {
    const sections = sectionsOf(DOCUMENT);

    expect(sections.map(({ name, calls }) => [name, calls.length])).toEqual([
      ["People", 2],
      ["tokens", 1],
      ["links", 1],
    ]);
    expect(sections[0]?.description).toBe("Who there is.");
    expect(topicOf("/api/v1/members.csv")).toBe("members");
  });

  it("have an address even where the document gives no name", () => {
    expect(sectionsOf(DOCUMENT)[2]?.calls[0]?.id).toBe("get--api-v1-links");
  });

  it("are found by words of their method, path and summary, all of them", () => {
    const found = (text: string) =>
      matching(sectionsOf(DOCUMENT), text).flatMap(({ calls }) => calls.map(({ id }) => id));

    expect(found("MEMBERS")).toEqual(["members", "add_member"]);
    expect(found("post one")).toEqual(["add_member"]);
    expect(found("post more nothing")).toEqual([]);
  });

  it("tell apart the problems that share a status", () => {
    const kinds = { enum: ["/problems/not-allowed", "/problems/foreign-origin"] };
    const schema = { allOf: [ref("ProblemDocument"), { properties: { type: kinds } }] };

    expect(problemsIn({ content: { "application/problem+json": { schema } } })).toEqual(kinds.enum);
    expect(problemsIn({ description: "/problems/broken" })).toEqual(["/problems/broken"]);
    expect(problemsIn({ description: "done" })).toEqual([]);
  });

  it("say who may call them", () => {
    const [people, , links] = sectionsOf(DOCUMENT);

    expect(callersOf(people?.calls[1]?.operation ?? {})).toEqual({
      anybody: false,
      programs: true,
      devices: false,
      people: true,
      scopes: ["members:write"],
    });
    expect(callersOf(links?.calls[0]?.operation ?? {}).anybody).toBe(true);
  });
});

it("messages and webhooks of the document are listed by their type", () => {
  const [[path, socket] = ["", null]] = socketsOf(DOCUMENT);

  expect(path).toBe("/ws/watch");
  expect(messagesOf(DOCUMENT, socket?.receive.schema ?? {})).toEqual([
    { type: "delta", schema: ref("NewMember") },
  ]);
  expect(webhooksOf(DOCUMENT).map(({ path }) => path)).toEqual(["punch.created"]);
});

describe("a type", () => {
  it("is one word, whatever it is made of", () => {
    const said = Object.fromEntries(
      Object.entries(FIELDS).map(([name, of]) => [name, typeText(of)]),
    );

    expect(said).toEqual({
      name: "string",
      role: "Role",
      locale: "string",
      boss: "NewMember",
      parts: "NewMember[]",
    });
  });

  it("tells its bounds, the words it can be, and what opens under it", () => {
    expect(boundsOf(FIELDS.name ?? {})).toEqual(["1–200 chars"]);
    expect(wordsOf(DOCUMENT, FIELDS.role ?? {})).toEqual(["worker", "auditor"]);
    expect(partsOf(DOCUMENT, FIELDS.role ?? {})).toEqual([]);
    expect(partsOf(DOCUMENT, FIELDS.parts ?? {})).toEqual([ref("NewMember")]);
  });
});

describe("an example", () => {
  it("has what is required, and ends where a type contains itself", () => {
    const made = exampleOf(DOCUMENT, ref("NewMember"), 3) as { parts: { role: string }[] };

    expect(Object.keys(made)).toEqual(["name", "role", "parts"]);
    expect(made.parts[0]?.role).toBe("worker");
    expect(JSON.stringify(made).length).toBeLessThan(200);
  });

  it("is a line for a shell, with the caller's token where one is needed", () => {
    const [people, , links] = sectionsOf(DOCUMENT);
    const [, add] = people?.calls ?? [];
    const [open] = links?.calls ?? [];
    if (!add || !open) throw new Error("the document has them");

    const said = curlOf(DOCUMENT, add, "https://hub.example");
    expect(said).toContain("curl -X POST 'https://hub.example/api/v1/members'");
    expect(said).toContain('"Authorization: Bearer $TOKEN"');
    expect(said).toContain(`-d '{"name":"…","role":"worker","parts":[`);
    expect(curlOf(DOCUMENT, open, "")).toBe("curl '/api/v1/links'");
  });
});
