// What the pages of the console ask of the hub and tell it, a function an operation.

import { call, type Tagged, tagged } from "./http";
import type * as Of from "./shapes";
import type { Schemas } from "./wire";

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The query of an address, without what is empty. */
export function queried(path: string, query: Query): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== "") said.set(name, String(value));
  return said.size > 0 ? `${path}?${said}` : path;
}

const get = <T>(path: string, query: Query = {}) => call<T>("GET", queried(path, query));

/** A change of what was read in the state that the tag names. */
export type Change<T> = Tagged<T>;

interface Items<T> {
  readonly items: T[];
}

// ---- people

export const MEMBERS_A_PAGE = 500;

export interface MemberFilter {
  readonly q: string;
  readonly role: string;
  readonly group: string;
  readonly state: string;
}

export const members = (filter: MemberFilter, cursor: string | null) =>
  get<Schemas["Members"]>("members", { ...filter, cursor, limit: MEMBERS_A_PAGE });
export const addMember = (body: Of.NewMember) =>
  call<Schemas["CreatedMember"]>("POST", "members", body);
export const changeMember = ({ id, etag, ...body }: Change<Of.MemberChange & { id: number }>) =>
  call<Of.MemberItem>("PATCH", `members/${id}`, body, etag);
export const disableMember = (id: number) => call<void>("POST", `members/${id}/disable`);
export const enableMember = (id: number) => call<void>("POST", `members/${id}/enable`);
export const inviteMember = (id: number) => call<Of.Invitation>("POST", `members/${id}/invitation`);
export const dropSecondFactor = (id: number) => call<void>("DELETE", `members/${id}/second-factor`);
export const importMembers = ({ file, dry }: { file: Blob; dry: boolean }) =>
  call<Of.Import>("POST", `members.csv?dry_run=${dry}`, file);
export const oneMember = (id: number) => tagged<Of.MemberItem>(`members/${id}`);
export const invitations = () => get<Items<Of.InvitationItem>>("invitations");
export const revokeInvitation = (id: number) => call<void>("DELETE", `members/${id}/invitation`);
export const roles = () => get<Items<Schemas["ActionRights"]>>("roles");
export const membersCsv = (encoding: string) => `/api/v1/members.csv?encoding=${encoding}`;

export const groups = () => get<Items<Of.GroupItem>>("groups");
export const addGroup = (body: { name: string; parent: number | null }) =>
  call<{ id: number }>("POST", "groups", body);
export const oneGroup = (id: number) => tagged<Of.GroupRecord>(`groups/${id}`);
export const changeGroup = ({
  id,
  etag,
  ...body
}: Change<{ id: number; name: string; parent: number | null }>) =>
  call<void>("PATCH", `groups/${id}`, body, etag);
export const removeGroup = ({ id, etag }: Change<{ id: number }>) =>
  call<void>("DELETE", `groups/${id}`, undefined, etag);
export const narrowGroup = ({
  id,
  etag,
  evidence,
}: Change<{ id: number; evidence: Of.EvidenceLevel | null }>) =>
  call<void>("PUT", `groups/${id}/policy`, { evidence }, etag);
export const superviseGroup = ({
  id,
  etag,
  members,
}: Change<{ id: number; members: readonly number[] }>) =>
  call<void>("PUT", `groups/${id}/supervisors`, { members }, etag);

export const devices = () => get<Items<Of.DeviceItem>>("devices");
export const addDevice = (body: { member: number; name: string }) =>
  call<{ id: number; token: string }>("POST", "devices", body);
export const revokeDevice = (id: number) => call<void>("DELETE", `devices/${id}`);

export const enrolments = () => get<Items<Schemas["EnrolmentItem"]>>("enrolments");
export const decideEnrolment = ({ id, approve }: { id: number; approve: boolean }) =>
  call<void>("POST", `enrolments/${id}/decision`, { approve });
export const forgetEnrolment = (id: number) => call<void>("DELETE", `enrolments/${id}`);
export const approval = () => tagged<Schemas["Approval"]>("enrolments/approval");
export const setApproval = ({ by, etag }: Change<Schemas["Approval"]>) =>
  call<void>("PUT", "enrolments/approval", { by }, etag);

// ---- images, and who looked at them

export const IMAGES_A_PAGE = 100;

export const evidence = (member: number | null, cursor: string | null) =>
  get<Schemas["EvidencePage"]>("evidence", { member, cursor, limit: IMAGES_A_PAGE });
export const openImage = ({ image, purpose }: { image: string; purpose: Schemas["Purpose"] }) =>
  call<{ id: number }>("POST", `evidence/${image}/viewings`, { purpose });
export const eraseImage = (image: string) => call<void>("DELETE", `evidence/${image}`);
export const imageAddress = (image: string, viewing: number | null) =>
  `/api/v1/${queried(`evidence/${image}`, { viewing })}`;
export const viewings = (member: number | null, cursor: string | null) =>
  get<Schemas["Viewings"]>("viewings", { member, cursor, limit: IMAGES_A_PAGE });

// ---- the tenant's own rules

export const policy = () => tagged<Schemas["Policies"]>("policy");
export const setPolicy = ({ etag, ...body }: Change<Schemas["NewPolicy"]>) =>
  call<void>("PUT", "policy", body, etag);
export const charter = () => get<Of.Charters>("charter");
export const publishCharter = (body: Of.NewCharter) =>
  call<{ version: number; effective_at: number }>("POST", "charter", body);
export const consents = () => get<Of.Consents>("consents");
export const consent = (body: {
  kind: "accepted" | "withdrawn";
  charter: number;
  purposes?: Of.ConsentPurpose[];
}) => call<void>("POST", "consents", body);
export const disclosure = () => get<Schemas["Disclosure"]>("disclosure");
export const memberConsents = () => get<Items<Of.MemberConsent>>("consents/members");
export const tenant = () => tagged<Of.Tenant>("tenant");
export const changeTenant = ({ etag, ...body }: Change<Schemas["OwnTenantEdit"]>) =>
  call<Of.Tenant>("PATCH", "tenant", body, etag);
export const signInPolicy = () => tagged<Of.SignInPolicy>("sign-in-policy");
export const setSecondFactor = ({
  etag,
  second_factor,
}: Change<{ second_factor: "optional" | "required" }>) =>
  call<void>("PUT", "sign-in-policy", { second_factor }, etag);
export const setOidc = ({ etag, ...body }: Change<Schemas["NewProvider"]>) =>
  call<void>("PUT", "sign-in-policy/oidc", body, etag);
export const removeOidc = (etag: string) =>
  call<void>("DELETE", "sign-in-policy/oidc", undefined, etag);
export const limits = () => tagged<Of.Limits>("limits");
export const setLimits = ({
  etag,
  ...body
}: Change<{ networks: string[]; countries: string[] | null }>) =>
  call<void>("PUT", "limits", body, etag);
export const tokens = () => get<Items<Of.TokenItem>>("tokens");
export const addToken = (body: Schemas["NewApiToken"]) =>
  call<{ id: number; token: string }>("POST", "tokens", body);
export const revokeToken = (id: number) => call<void>("DELETE", `tokens/${id}`);

// ---- the log

export const LOG_A_PAGE = 200;
export const HEADS_A_PAGE = 50;

export interface LogFilter {
  readonly what: string;
  readonly text: string;
  readonly from: number | null;
  readonly to: number | null;
}

export const log = (filter: LogFilter, cursor: string | null) =>
  get<Schemas["LogPage"]>("log", { ...filter, cursor, limit: LOG_A_PAGE });
export const logWords = () => get<Items<string>>("log/words");
export const logExport = (filter: LogFilter, format: "csv" | "json") =>
  `/api/v1/${queried(`log.${format}`, { ...filter })}`;
export const heads = (cursor: number | null) =>
  get<Schemas["Heads"]>("log/heads", { cursor, limit: HEADS_A_PAGE });

// ---- oneself

export const setName = (name: string) => call<void>("PUT", "account/name", { name });
export const setLocale = (locale: Schemas["Locale"]["locale"]) =>
  call<void>("PUT", "account/locale", { locale });
export const notifications = () => get<Schemas["Notifications"]>("account/notifications");
export const setNotifications = (body: Schemas["Notifications"]) =>
  call<void>("PUT", "account/notifications", body);
export const account = () => get<Of.Account>("account");
export const confirmAccount = (body: { password?: string; code?: string }) =>
  call<void>("POST", "account/confirm", body);
export const setEmail = (email: string | null) => call<void>("PUT", "account/email", { email });
export const setPassword = (body: { current: string; password: string }) =>
  call<void>("PUT", "account/password", body);
export const startTotp = () => call<Of.NewTotp>("POST", "account/totp");
export const confirmTotp = (code: string) =>
  call<Schemas["RecoveryCodes"]>("POST", "account/totp/confirm", { code });
export const removeTotp = () => call<void>("DELETE", "account/totp");
export const newRecoveryCodes = () =>
  call<Schemas["RecoveryCodes"]>("POST", "account/recovery-codes");
export const passkeyOptions = () => call<Of.Ceremony>("POST", "account/passkeys/options");
export const addPasskey = (body: { ceremony: string; name: string; credential: unknown }) =>
  call<{ id: number }>("POST", "account/passkeys", body);
export const removePasskey = (id: number) => call<void>("DELETE", `account/passkeys/${id}`);
export const sessions = (of: number | null = null) =>
  get<Items<Of.SessionItem>>("sessions", { member: of });
export const revokeSession = (id: number) => call<void>("DELETE", `sessions/${id}`);
export const revokeSessions = (of: number | null = null) =>
  call<void>("POST", "sessions/revoke", of === null ? {} : { member: of });

// ---- a PC that asks to be paired

export const pairing = (code: string) =>
  get<Schemas["PairingItem"]>(`pairings/${encodeURIComponent(code)}`);
export const answerPairing = ({
  code,
  ...body
}: {
  code: string;
  accept: boolean;
  name?: string;
}) => call<void>("POST", `pairings/${encodeURIComponent(code)}`, body);

// ---- the installation

export const tenants = (q: string, cursor: string | null) =>
  get<Schemas["TenantPage"]>("tenants", { q, cursor });
export const push = () => get<Schemas["PushState"]>("account/push");
export const subscribePush = (body: Schemas["NewPushSubscription"]) =>
  call<void>("PUT", "account/push", body);
export const unsubscribePush = () => call<void>("DELETE", "account/push");
export const maintenanceWindows = () => get<Items<Of.MaintenanceWindow>>("maintenance/windows");
export const announceMaintenance = (body: Schemas["NewMaintenanceWindow"]) =>
  call<Of.MaintenanceWindow>("POST", "maintenance/windows", body);
export const beginMaintenance = (id: number) =>
  call<Of.MaintenanceWindow>("POST", `maintenance/windows/${id}/begin`);
export const endMaintenance = (id: number) =>
  call<Of.MaintenanceWindow>("POST", `maintenance/windows/${id}/end`);
export const addTenant = (body: {
  name: string;
  seat_limit?: number | null;
  administrator: { login: string; name: string };
}) => call<{ id: number; system_id: string; password: string }>("POST", "tenants", body);
export const oneTenant = (id: number) => tagged<Of.TenantItem>(`tenants/${id}`);
export const changeTenantOf = ({
  id,
  etag,
  ...body
}: Change<{ id: number; name?: string; seat_limit?: number | null }>) =>
  call<void>("PATCH", `tenants/${id}`, body, etag);
export const setTenantState = ({
  id,
  etag,
  ...body
}: Change<{ id: number; state: Of.TenantState; reason: string }>) =>
  call<void>("POST", `tenants/${id}/state`, body, etag);
export const licenses = () => get<Of.Licenses>("licenses");
export const licenseText = (of: { kind: Of.Part["kind"]; name: string }) =>
  get<Of.Part>("licenses/text", of);
