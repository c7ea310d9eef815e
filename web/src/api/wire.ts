// The names of what hub and browser say to each other; the types are made from the hub's own.
// Fields that hold their default are left out by the hub.

import type { components } from "../schema";

export type Schemas = components["schemas"];

export type Alert = Schemas["Alert"];
export type AskView = Schemas["AskView"];
export type Cursor = Schemas["Cursor"];
export type Delta = Schemas["Delta"];
export type DeviceView = Schemas["DeviceView"];
export type FromWatcher = Schemas["FromWatcher"];
export type GroupCard = Schemas["GroupCard"];
export type IceServer = Schemas["IceServer"];
export type IncidentItem = Schemas["IncidentItem"];
export type IncidentNews = Schemas["IncidentNews"];
export type IncidentPage = Schemas["IncidentPage"];
export type Kind = Schemas["IncidentKind"];
export type Label = Schemas["Label"];
export type MemberCard = Schemas["MemberCard"];
export type Purpose = Schemas["Purpose"];
export type Reason = Schemas["Reason"];
export type Resume = Schemas["Resume"];
export type Role = Schemas["Role"];
export type SeatView = Schemas["SeatView"];
export type Session = Schemas["SessionAnswer"];
export type SignIn = Schemas["SignIn"];
export type FirstAdministrator = Schemas["FirstAdministrator"];
export type Pulse = Schemas["Pulse"];
export type ProblemDocument = Schemas["ProblemDocument"];
export type Snapshot = Schemas["Snapshot"];
export type Subscribe = Schemas["Subscribe"];
export type ToWatcher = Schemas["ToWatcher"];
export type ViewEnd = Schemas["ViewEnd"];
export type ViewNews =
  | Schemas["ViewOpened"]
  | Schemas["ViewAnswered"]
  | Schemas["ViewSignal"]
  | Schemas["ViewEnded"];
/** What is about the board, and not about one live view. */
export type BoardNews = Exclude<ToWatcher, ViewNews>;
export type Why = Schemas["Why"];

export const SUBPROTOCOL = "zaiseki.v1";
export const VERSION = 1;

const VIEW_NEWS: readonly string[] = [
  "view_opened",
  "view_answered",
  "view_signal",
  "view_ended",
] satisfies ViewNews["type"][];

export const isViewNews = (message: ToWatcher): message is ViewNews =>
  VIEW_NEWS.includes(message.type);

/** What somebody may look at another person for; asked each time. */
export const PURPOSES: readonly Purpose[] = [
  "incident_review",
  "work_check",
  "member_request",
  "audit",
];

/** In the order in which a desk looks at them. */
export const LABELS: readonly Label[] = [
  "present",
  "away",
  "break",
  "out",
  "unknown",
  "offline",
  "paused",
  "off",
];

/** From the gravest to the least. */
export const KINDS: readonly Kind[] = [
  "impersonation",
  "photographing_device",
  "peeping",
  "camera_covered",
];
