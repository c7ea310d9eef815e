// What pages ask of the record: how days went, where everybody was, what was punched and sums of it.

import { queried } from "./console";
import { call } from "./http";
import type { Schemas } from "./wire";

export type Presence = Schemas["PresenceAnswer"];
export type Span = Schemas["SpanItem"];
export type Figures = Schemas["Figures"];
export type As = Schemas["As"];
export type OwnDevice = Schemas["DeviceOnAir"];
export type PunchKind = Schemas["PunchKind"];
export type Analysis = Schemas["Analysis"];
export type SeatNow = Schemas["SeatNow"];

const get = <T>(path: string, query: Parameters<typeof queried>[1] = {}) =>
  call<T>("GET", queried(path, query));

export const presence = (member: number, from: number, to: number) =>
  get<Presence>(`members/${member}/presence`, { from, to });
export const seatNow = (member: number) => get<SeatNow>(`members/${member}/seat`);
export const monthOf = (member: number, month: string) =>
  get<Schemas["MonthAnswer"]>(`members/${member}/months/${month}`);
export const boardAt = (time: number, as: As) =>
  get<Schemas["BoardThen"]>("board/at", { time, as });
export const boardChanges = (from: number, to: number, as: As) =>
  get<Schemas["BoardChanges"]>("board/changes", { from, to, as });

export interface AnalysisWanted {
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly step: string;
  readonly group: string;
}

export const analysis = (wanted: AnalysisWanted) => get<Analysis>("analysis", { ...wanted });
export const analysisCsv = (wanted: AnalysisWanted, encoding: string) =>
  `/api/v1/${queried("analysis.csv", { ...wanted, encoding })}`;

export const ownPunches = () => get<Schemas["Today"]>("punches");

/** `id` names the tap: sending the same one again writes nothing again. */
export interface Tap {
  readonly id: string;
  readonly kind: PunchKind;
  readonly task?: string;
}

export const punch = ({ id, ...said }: Tap) =>
  call<Schemas["PunchAnswer"]>("POST", "punches", { ...said, request_id: id });

export const ownDevices = () => get<{ items: OwnDevice[] }>("account/devices");
export const pauseDevice = ({ id, ...body }: { id: number; reason: string; minutes?: number }) =>
  call<void>("POST", `account/devices/${id}/pause`, body);
export const resumeDevice = (id: number) => call<void>("POST", `account/devices/${id}/resume`);
export const disputeIncident = ({ id, text }: { id: string; text: string }) =>
  call<unknown>("POST", `incidents/${id}/dispute`, { text });
