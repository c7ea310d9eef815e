// What the webhook pages share: their questions, and how they call an endpoint and a kind of event.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { DeliveryDetail, DeliveryItem } from "../../api/shapes";
import { delivery, webhooks, webhookTypes } from "../../api/webhooks";
import { useAsk } from "../kit/ask";

export const WEBHOOKS = ["webhooks"] as const;
export const DELIVERIES = ["webhook-deliveries"] as const;
/** Under the list, so that what changes the list has it read again. */
export const settingsOf = (webhook: number) => [...WEBHOOKS, "one", webhook] as const;
export const CHANGES = [WEBHOOKS, DELIVERIES] as const;

/** The pages open each other: all deliveries of one endpoint. */
export const deliveriesOf = (webhook: number) => `/settings/deliveries?webhook=${webhook}`;

export const useWebhooks = () => useAsk(WEBHOOKS, webhooks);
export const useTypes = () => useAsk(["webhook-types"], webhookTypes);

const SOON_MS = 700;

/** Whether an attempt is due or on its way: worth waiting for at the screen. */
export const isTrying = ({ status, due_at }: DeliveryItem): boolean =>
  status === "waiting" && (due_at ?? 0) * 1000 <= Date.now() + SOON_MS;

/** One delivery, asked for again until its attempt is over; then the lists are, too. */
export function useDelivery(id: number, { begun = false } = {}) {
  const queries = useQueryClient();
  const asked = useAsk<DeliveryDetail>([...DELIVERIES, "one", id], () => delivery(id), {
    every: (known) => (known === undefined || isTrying(known.delivery) ? SOON_MS : false),
  });
  const trying = asked.data && isTrying(asked.data.delivery);
  const waited = useRef(begun);
  useEffect(() => {
    if (trying === undefined) return;
    if (waited.current && !trying)
      for (const queryKey of CHANGES) void queries.invalidateQueries({ queryKey });
    waited.current = trying;
  }, [trying, queries]);
  return asked;
}

/** receiver.example/hooks/zaiseki: what tells two endpoints apart. */
export function placeOf(url: string): string {
  const at = URL.parse(url);
  if (!at) return url;
  return `${at.host}${at.pathname === "/" ? "" : at.pathname}${at.search}`;
}

const EVERY = ".*";

/** What happened, in the reader's words; a type that this hub does not know any more is itself. */
export function useTypeText(): (type: string) => string {
  const { t, i18n } = useTranslation();
  const known = new Map((useTypes().data?.items ?? []).map((one) => [one.type, one]));
  return (type) => {
    const one = known.get(type);
    if (one) return i18n.language === "ja" ? one.ja : one.en;
    if (type.endsWith(EVERY)) {
      const name = type.slice(0, -EVERY.length);
      const called = t(`webhooks.families.${name}`, { defaultValue: name });
      return t("webhooks.family", { name: called });
    }
    return t(`webhooks.type.${type.replaceAll(".", "_")}`, { defaultValue: type });
  };
}
