// What the webhook pages ask of the hub and tell it.

import { type Change, queried } from "./console";
import { call, tagged } from "./http";
import type * as Of from "./shapes";
import type { Schemas } from "./wire";

const get = <T>(path: string) => call<T>("GET", path);

export const webhooks = () => get<Schemas["Webhooks"]>("webhooks");
export const webhookTypes = () => get<Schemas["WebhookTypes"]>("webhooks/types");
export const addWebhook = (body: Of.NewWebhook) =>
  call<Schemas["CreatedWebhook"]>("POST", "webhooks", body);
export const oneWebhook = (id: number) => tagged<Schemas["WebhookSettings"]>(`webhooks/${id}`);
export const changeWebhook = ({ id, etag, ...body }: Change<Of.NewWebhook & { id: number }>) =>
  call<Of.WebhookItem>("PATCH", `webhooks/${id}`, body, etag);
export const removeWebhook = (id: number) => call<void>("DELETE", `webhooks/${id}`);
export const rotateWebhook = (id: number) =>
  call<Schemas["RotatedWebhook"]>("POST", `webhooks/${id}/secret`);
export const testWebhook = (id: number) =>
  call<Schemas["TestedWebhook"]>("POST", `webhooks/${id}/test`);
export const enableWebhook = (id: number) => call<void>("POST", `webhooks/${id}/enable`);
export const disableWebhook = (id: number) => call<void>("POST", `webhooks/${id}/disable`);
export const replayFailed = ({ id, since }: { id: number; since: number }) =>
  call<Schemas["Replayed"]>("POST", `webhooks/${id}/replay`, { since });

export const DELIVERIES_A_PAGE = 100;

export interface DeliveryFilter {
  readonly webhook: string;
  readonly status: string;
  readonly type: string;
}

export const deliveries = (filter: DeliveryFilter, cursor: string | null, limit: number) =>
  get<Schemas["DeliveryPage"]>(queried("webhooks/deliveries", { ...filter, cursor, limit }));
export const delivery = (id: number) => get<Of.DeliveryDetail>(`webhooks/deliveries/${id}`);
export const replayDelivery = (id: number) =>
  call<void>("POST", `webhooks/deliveries/${id}/replay`);
