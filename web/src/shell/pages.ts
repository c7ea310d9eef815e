// The pages of the app and who has them. The hub decides every request; this spares dead ends.

type Role = "administrator" | "supervisor" | "auditor" | "worker" | "contractor" | "operator";

interface Entry {
  readonly path: string;
  /** The place in the bar under which the page stands; pages of one place are its tabs. */
  readonly place: string;
  readonly roles: readonly Role[];
}

const TENANT: readonly Role[] = ["contractor", "administrator", "supervisor", "auditor", "worker"];
const EVERYBODY: readonly Role[] = [...TENANT, "operator"];
const MANAGERS: readonly Role[] = ["contractor", "administrator"];
const EXAMINERS: readonly Role[] = [...MANAGERS, "auditor"];
const WATCHED: readonly Role[] = ["administrator", "supervisor", "worker"];
const ABOVE: readonly Role[] = ["administrator", "supervisor"];

export const PAGES = [
  { path: "/", place: "board", roles: TENANT },
  { path: "/today", place: "today", roles: WATCHED },
  { path: "/people", place: "people", roles: ABOVE },
  { path: "/incidents", place: "incidents", roles: ABOVE },
  { path: "/analysis", place: "analysis", roles: ABOVE },
  { path: "/tenants", place: "tenants", roles: ["operator"] },
  { path: "/tenants/maintenance", place: "tenants", roles: ["operator"] },
  { path: "/members", place: "members", roles: [...EXAMINERS, "supervisor"] },
  { path: "/members/roles", place: "members", roles: EXAMINERS },
  { path: "/members/groups", place: "members", roles: [...EXAMINERS, "supervisor"] },
  { path: "/members/invitations", place: "members", roles: MANAGERS },
  { path: "/members/devices", place: "members", roles: ["administrator"] },
  { path: "/members/faces", place: "members", roles: ABOVE },
  { path: "/members/consents", place: "members", roles: EXAMINERS },
  { path: "/evidence", place: "evidence", roles: ABOVE },
  { path: "/evidence/viewings", place: "evidence", roles: ["administrator", "auditor"] },
  { path: "/log", place: "log", roles: [...EXAMINERS, "operator"] },
  { path: "/log/heads", place: "log", roles: [...EXAMINERS, "operator"] },
  { path: "/settings", place: "settings", roles: EXAMINERS },
  { path: "/settings/charter", place: "settings", roles: MANAGERS },
  { path: "/settings/policy", place: "settings", roles: ["administrator"] },
  { path: "/settings/incidents", place: "settings", roles: ["administrator"] },
  { path: "/settings/sign-in", place: "settings", roles: ["administrator"] },
  { path: "/settings/limits", place: "settings", roles: ["administrator"] },
  { path: "/settings/tokens", place: "settings", roles: ["administrator"] },
  { path: "/settings/webhooks", place: "settings", roles: ["administrator"] },
  { path: "/settings/deliveries", place: "settings", roles: ["administrator"] },
  { path: "/own", place: "own", roles: EVERYBODY },
  { path: "/own/notices", place: "own", roles: TENANT },
  { path: "/own/security", place: "own", roles: EVERYBODY },
  { path: "/own/consents", place: "own", roles: TENANT },
  { path: "/own/devices", place: "own", roles: TENANT },
  { path: "/own/faces", place: "own", roles: TENANT },
  { path: "/own/evidence", place: "own", roles: TENANT },
  { path: "/own/viewings", place: "own", roles: TENANT },
  { path: "/pair", place: "pair", roles: TENANT },
  { path: "/licenses", place: "about", roles: EVERYBODY },
] as const satisfies readonly Entry[];

/** These are there before anybody has signed in; the sign-in stands wherever nobody is known. */
export const OPEN = ["/setup", "/invitation", "/reset", "/forgotten", "/reference"] as const;

export const isOpen = (path: string): path is (typeof OPEN)[number] =>
  OPEN.some((one) => one === path);

export type Page = (typeof PAGES)[number];
export type Path = Page["path"];
export type Place = Page["place"];

/** These fill the window by themselves; all others stand in the console's frame. */
const APART = ["/", "/incidents"] as const satisfies readonly Path[];

export type Framed = Exclude<Path, (typeof APART)[number]>;

export const isFramed = (path: Path): path is Framed => !APART.some((one) => one === path);

/** These places are reached by a link or a menu, not from the bar. */
const IN_NO_BAR: readonly Place[] = ["people", "pair", "about"];

const has = (page: Entry, role: string) => page.roles.some((one) => one === role);

/** The page at an address, if there is one and the role has it. */
export const pageAt = (path: string, role: string): Page | undefined =>
  PAGES.find((page) => page.path === path && has(page, role));

/** The pages of a place, in the order of its tabs. */
export const pagesIn = (place: Place, role: string): readonly Page[] =>
  PAGES.filter((page) => page.place === place && has(page, role));

/** The places of the bar, each by its first page. */
export function placesOf(role: string): readonly Page[] {
  const open = PAGES.filter((page) => !IN_NO_BAR.includes(page.place) && has(page, role));
  return open.filter((page, at) => open.findIndex(({ place }) => place === page.place) === at);
}

/** Where somebody starts: the board, or the first page that they have. */
export const startOf = (role: string): Path => placesOf(role)[0]?.path ?? "/licenses";
