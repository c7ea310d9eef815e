import { expect, it } from "vitest";
import { PAGES, pageAt, pagesIn, placesOf, startOf } from "./pages";

const places = (role: string) => placesOf(role).map(({ place }) => place);

it("a worker sees the board and what is their own, and no way to anything else", () => {
  expect(places("worker")).toEqual(["board", "today", "own"]);
  for (const { path, place } of PAGES)
    if (!["board", "today", "own", "pair", "about"].includes(place))
      expect(pageAt(path, "worker")).toBeUndefined();
});

it("an auditor has the log, the viewings and the proofs, and no images", () => {
  expect(pageAt("/log", "auditor")).toBeDefined();
  expect(pageAt("/log/heads", "auditor")).toBeDefined();
  expect(pageAt("/evidence/viewings", "auditor")).toBeDefined();
  expect(pageAt("/evidence", "auditor")).toBeUndefined();
});

it("the operator opens nothing of a tenant's people", () => {
  expect(places("operator")).toEqual(["tenants", "log", "own"]);
  expect(startOf("operator")).toBe("/tenants");
  expect(pagesIn("own", "operator").map(({ path }) => path)).toEqual(["/own", "/own/security"]);
});

it("a place opens on its first page that the role has", () => {
  expect(placesOf("auditor").find(({ place }) => place === "evidence")?.path).toBe(
    "/evidence/viewings",
  );
});

it("nobody else may suspend a tenant", () => {
  for (const role of ["contractor", "administrator", "supervisor", "auditor", "worker"])
    expect(pageAt("/tenants", role)).toBeUndefined();
});
