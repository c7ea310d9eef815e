// Which notices a role gets, and the ways that there are. Pure.

import type { Schemas } from "../../api/wire";

type Type = Schemas["NoticeType"];
type Mailed = Schemas["Mailed"];

export const MAILED: readonly Mailed[] = ["off", "now", "digest"];
export const HOURS: readonly number[] = Array.from({ length: 24 }, (_, hour) => hour);

export const clockText = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** The hub decides who is told; this leaves out what never comes to a role. */
const OF: readonly (readonly [Type, readonly string[] | null])[] = [
  ["incident_opened", null],
  ["incident_escalated", ["administrator", "supervisor"]],
  ["device_offline", null],
  ["device_gap", null],
  ["hub_gap", ["administrator"]],
  ["webhook_disabled", ["administrator"]],
  ["maintenance", ["contractor", "administrator", "supervisor"]],
];

export const rowsOf = (role: string): readonly Type[] =>
  OF.filter(([, roles]) => roles === null || roles.includes(role)).map(([type]) => type);
