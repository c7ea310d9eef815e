// The receivers of webhooks: what each gets, how its deliveries fare, and one opened beside them.

import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { WebhookItem } from "../../api/shapes";
import { Link } from "../../shell/Link";
import { branchesOf, useGroups } from "../groups/paths";
import { Answered } from "../kit/Answered";
import { Empty } from "../kit/Empty";
import { useList } from "../kit/list";
import { Panel } from "../kit/Panel";
import { type Column, Sheet } from "../kit/Sheet";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";
import { AddWebhook } from "./AddWebhook";
import { Luck } from "./Luck";
import { placeOf, useTypeText, useWebhooks } from "./links";
import { StateWord } from "./marks";
import { OneWebhook } from "./OneWebhook";
import "../../i18n/webhooks";
import "../../styles/console/webhooks.css";

export default function Webhooks() {
  const { t } = useTranslation();
  const asked = useWebhooks();
  const groups = useGroups();
  const branches = useMemo(() => branchesOf(groups.data?.items), [groups.data]);
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const opened = asked.data?.items.find(({ id }) => id === open);
  const full = asked.data?.room === 0;
  const columns: Column<WebhookItem>[] = [
    {
      name: "url",
      head: t("webhooks.url"),
      width: 320,
      cell: ({ url, description }) => <Place url={url} description={description} />,
    },
    {
      name: "state",
      head: t("webhooks.state"),
      width: 280,
      phone: 104,
      cell: (row) => <State webhook={row} />,
    },
    {
      name: "luck",
      head: t("webhooks.luck"),
      width: 200,
      phone: 0,
      cell: (row) => <Luck webhook={row} />,
    },
    {
      name: "types",
      head: t("webhooks.types"),
      width: 240,
      wide: true,
      cell: ({ types }) => <Types types={types} />,
    },
    {
      name: "waiting",
      head: t("webhooks.waiting"),
      width: 88,
      phone: 0,
      figures: true,
      cell: ({ waiting }) => waiting,
    },
  ];
  const add = (
    <Button disabled={full} onClick={() => setAdding(true)}>
      {t("webhooks.add")}
    </Button>
  );
  return (
    <>
      <Tools
        filters={
          full ? (
            <span className="t1 sub">{t("webhooks.full")}</span>
          ) : (
            <Link href="/reference#webhook-events">{t("webhooks.reference")}</Link>
          )
        }
      >
        {add}
      </Tools>
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("webhooks.none")}>
              <p>{t("webhooks.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./settings/webhooks")}
              columns={columns}
              rows={items}
              id={({ id }) => id}
              onOpen={({ id }) => setOpen(id)}
              open={open}
              dimmed={({ state }) => state === "disabled"}
            />
          )
        }
      </Answered>
      {adding && asked.data && (
        <AddWebhook
          branches={branches}
          allowed={asked.data.allowed}
          onClose={() => setAdding(false)}
          onOpen={(id) => {
            setAdding(false);
            setOpen(id);
          }}
        />
      )}
      <Panel
        opened={opened !== undefined}
        title={opened ? opened.description || placeOf(opened.url) : ""}
        onClose={() => setOpen(null)}
      >
        {opened && (
          <OneWebhook
            key={opened.id}
            webhook={opened}
            branches={branches}
            onGone={() => setOpen(null)}
          />
        )}
      </Panel>
    </>
  );
}

function Place({ url, description }: { url: string; description: string }) {
  return (
    <span title={url}>
      {description ? (
        <>
          {description} <span className="t1 sub">{placeOf(url)}</span>
        </>
      ) : (
        placeOf(url)
      )}
    </span>
  );
}

/** The word, since when, and why it was stopped. */
function State({ webhook }: { webhook: WebhookItem }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const { state, disabled_at, disabled_reason, failing_since } = webhook;
  const since = state === "active" ? null : (disabled_at ?? failing_since);
  return (
    <>
      <StateWord state={state} />
      {since && (
        <span className="t1 sub desk num since">
          {disabled_reason && `${t(`webhooks.whyShort.${disabled_reason}`)} · `}
          {t("webhooks.since", { time: moment(since) })}
        </span>
      )}
    </>
  );
}

function Types({ types }: { types: readonly string[] }) {
  const { t } = useTranslation();
  const typeText = useTypeText();
  const [first] = types;
  const list = useList();
  const all = list(types.map(typeText));
  const text =
    first === undefined
      ? t("webhooks.everyType")
      : types.length === 1
        ? typeText(first)
        : t("webhooks.typesCount", { first: typeText(first), count: types.length - 1 });
  return (
    <span className="t1 sub cut" title={all || undefined}>
      {text}
    </span>
  );
}
