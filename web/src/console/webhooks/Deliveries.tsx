// What was sent to the endpoints in the last 30 days, and what became of it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeliveryItem } from "../../api/shapes";
import { DELIVERIES_A_PAGE, type DeliveryFilter, deliveries } from "../../api/webhooks";
import { useParameter } from "../../shell/place";
import { Answered } from "../kit/Answered";
import { usePages } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { Panel } from "../kit/Panel";
import { Select } from "../kit/Select";
import { type Column, Sheet } from "../kit/Sheet";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";
import { DELIVERIES, isTrying, placeOf, useTypes, useTypeText, useWebhooks } from "./links";
import { StatusWord } from "./marks";
import { OneDelivery } from "./OneDelivery";
import "../../i18n/webhooks";
import "../../styles/console/webhooks.css";

const STATUSES = ["waiting", "delivered", "failed"] as const;
const LIST_MS = 2_000; // while one of its deliveries is being tried
const PING = "webhook.ping";

export default function Deliveries() {
  const { t } = useTranslation();
  const moment = useMoment();
  const typeText = useTypeText();
  const [filter, setFilter] = useFilter();
  const asked = usePages(
    [...DELIVERIES, ...Object.values(filter)],
    (cursor) => deliveries(filter, cursor, DELIVERIES_A_PAGE),
    { every: (rows) => rows.some(isTrying) && LIST_MS },
  );
  const endpoints = useWebhooks();
  const types = useTypes();
  const places = new Map((endpoints.data?.items ?? []).map(({ id, url }) => [id, placeOf(url)]));
  const [open, setOpen] = useState<number | null>(null);
  const opened = asked.rows.find(({ id }) => id === open);
  const narrowed = Object.values(filter).some((value) => value !== "");
  const columns: Column<DeliveryItem>[] = [
    {
      name: "type",
      head: t("webhooks.event"),
      cell: ({ type }) => <span title={type}>{typeText(type)}</span>,
    },
    {
      name: "endpoint",
      head: t("webhooks.url"),
      wide: true,
      cell: ({ webhook }) => (
        <Cut text={endpoints.data ? (places.get(webhook) ?? t("webhooks.removed")) : ""} />
      ),
    },
    {
      name: "status",
      head: t("webhooks.status"),
      width: 120,
      phone: 96,
      cell: ({ status }) => <StatusWord status={status} />,
    },
    {
      name: "answer",
      head: t("webhooks.answer"),
      width: 200,
      phone: 0,
      cell: (row) => (
        <Cut text={row.last_status ? String(row.last_status) : (row.last_error ?? "")} />
      ),
    },
    {
      name: "latency",
      head: t("webhooks.latency"),
      width: 96,
      phone: 0,
      figures: true,
      cell: ({ latency_ms: ms }) => (ms == null ? "" : `${ms} ms`),
    },
    {
      name: "attempts",
      head: t("webhooks.attempts"),
      width: 72,
      wide: true,
      figures: true,
      cell: ({ attempts }) => attempts,
    },
    {
      name: "at",
      head: t("webhooks.at"),
      width: 168,
      phone: 132,
      cell: ({ created_at }) => <span className="num">{moment(created_at)}</span>,
    },
  ];
  return (
    <>
      <Tools
        filters={
          <>
            <Select
              aria-label={t("webhooks.url")}
              value={filter.webhook}
              onPick={(value) => setFilter("webhook", value)}
              options={[
                { value: "", label: t("webhooks.everywhere") },
                ...[...places].map(([id, place]) => ({ value: String(id), label: place })),
              ]}
            />
            <Select
              aria-label={t("webhooks.status")}
              value={filter.status}
              onPick={(value) => setFilter("status", value)}
              options={[
                { value: "", label: t("webhooks.anyStatus") },
                ...STATUSES.map((one) => ({
                  value: one as string,
                  label: t(`webhooks.statuses.${one}`),
                })),
              ]}
            />
            <Select
              aria-label={t("webhooks.event")}
              value={filter.type}
              onPick={(value) => setFilter("type", value)}
              options={[
                { value: "", label: t("webhooks.anyType") },
                ...[...(types.data?.items ?? []).map(({ type }) => type), PING].map((type) => ({
                  value: type,
                  label: typeText(type),
                })),
              ]}
            />
          </>
        }
      />
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t(narrowed ? "webhooks.noMatch" : "webhooks.nothingSent")}>
              <p>{t(narrowed ? "webhooks.noMatchHint" : "webhooks.nothingSentHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./settings/deliveries")}
              columns={columns}
              rows={asked.rows}
              id={({ id }) => id}
              onOpen={({ id }) => setOpen(id)}
              open={open}
              onEnd={asked.onEnd}
              foot={t(asked.hasNextPage ? "kit.rowsSoFar" : "kit.rows", {
                count: asked.rows.length,
              })}
            />
          )
        }
      </Answered>
      <Panel
        opened={opened !== undefined}
        title={opened ? typeText(opened.type) : ""}
        onClose={() => setOpen(null)}
      >
        {opened && <OneDelivery key={opened.id} id={opened.id} />}
      </Panel>
    </>
  );
}

function Cut({ text }: { text: string }) {
  return (
    <span className="t1 sub cut" title={text}>
      {text}
    </span>
  );
}

/** The filter stands in the address: an endpoint's page opens its own deliveries. */
function useFilter() {
  const [webhook, setWebhook] = useParameter("webhook");
  const [status, setStatus] = useParameter("status");
  const [type, setType] = useParameter("type");
  const filter: DeliveryFilter = { webhook, status, type };
  const setters = { webhook: setWebhook, status: setStatus, type: setType };
  return [filter, (name: keyof DeliveryFilter, value: string) => setters[name](value)] as const;
}
