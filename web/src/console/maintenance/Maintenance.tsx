// The operator's maintenance windows: announced, begun, ended or withdrawn.

import { Button, Textarea, TextInput } from "@mantine/core";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  announceMaintenance,
  beginMaintenance,
  endMaintenance,
  maintenanceWindows,
} from "../../api/console";
import type { MaintenanceWindow } from "../../api/shapes";
import { spanText } from "../../shell/upkeep";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Confirm, Dialog, Form } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { Panel } from "../kit/Panel";
import { type Column, Sheet } from "../kit/Sheet";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";

const WINDOWS = ["maintenance-windows"] as const;
const CHANGES = [WINDOWS, ["maintenance"]] as const;
const TEXT_LETTERS = 500;

const withdrawn = ({ ended_at, begun_at }: MaintenanceWindow) =>
  ended_at != null && begun_at == null;
const stateOf = (window: MaintenanceWindow) => (withdrawn(window) ? "withdrawn" : window.stage);

export default function Maintenance() {
  const { t, i18n } = useTranslation();
  const asked = useAsk(WINDOWS, maintenanceWindows);
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const span = (one: MaintenanceWindow) => spanText(one.begins_at, one.ends_at, i18n.language);
  const columns: Column<MaintenanceWindow>[] = [
    {
      name: "planned",
      head: t("upkeep.planned"),
      cell: (one) => <span className="num">{span(one)}</span>,
    },
    {
      name: "state",
      head: t("upkeep.state"),
      width: 120,
      phone: 104,
      cell: (one) => t(`upkeep.states.${stateOf(one)}`),
    },
    {
      name: "text",
      head: t("upkeep.text"),
      wide: true,
      cell: ({ text_ja, text_en }) => text_ja || text_en,
    },
  ];
  const opened = asked.data?.items.find(({ id }) => id === open);
  return (
    <>
      <Tools>
        <Button onClick={() => setAdding(true)}>{t("upkeep.announce")}</Button>
      </Tools>
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("upkeep.none")}>
              <p>{t("upkeep.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./tenants/maintenance")}
              columns={columns}
              rows={items}
              id={({ id }) => id}
              onOpen={({ id }) => setOpen(id)}
              open={open}
              dimmed={({ stage }) => stage === "over"}
            />
          )
        }
      </Answered>
      {adding && <Announce onClose={() => setAdding(false)} />}
      <Panel
        opened={opened !== undefined}
        title={opened ? span(opened) : ""}
        onClose={() => setOpen(null)}
      >
        {opened && <Detail key={`${opened.id} ${opened.stage}`} window={opened} />}
      </Panel>
    </>
  );
}

function Detail({ window }: { window: MaintenanceWindow }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [asking, setAsking] = useState(false);
  const done = () => setAsking(false);
  const beginning = useTell(beginMaintenance, { changes: CHANGES, onDone: done });
  const ending = useTell(endMaintenance, { changes: CHANGES, onDone: done });
  const facts = [
    ["state", t(`upkeep.states.${stateOf(window)}`)],
    ["ja", window.text_ja],
    ["en", window.text_en],
    ["begun", window.begun_at != null && moment(window.begun_at)],
    ["ended", window.ended_at != null && moment(window.ended_at)],
  ] as const;
  return (
    <div className="body">
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <Fragment key={name}>
                <dt>{t(`upkeep.fact.${name}`)}</dt>
                <dd>{value}</dd>
              </Fragment>
            ),
        )}
      </dl>
      {window.stage === "announced" && (
        <>
          <Form
            sending={ending}
            submit={t("upkeep.withdraw")}
            danger
            onSubmit={() => ending.mutate(window.id)}
          />
          <Button onClick={() => setAsking(true)}>{t("upkeep.begin")}</Button>
        </>
      )}
      {window.stage === "running" && (
        <Form sending={ending} submit={t("upkeep.end")} onSubmit={() => ending.mutate(window.id)} />
      )}
      {asking && (
        <Confirm
          title={t("upkeep.begin")}
          text={t("upkeep.beginHint")}
          submit={t("upkeep.begin")}
          sending={beginning}
          onConfirm={() => beginning.mutate(window.id)}
          onClose={done}
        />
      )}
    </div>
  );
}

function Announce({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState({ begins: "", ends: "", ja: "", en: "" });
  const sending = useTell(announceMaintenance, { changes: CHANGES, onDone: onClose });
  const [begins, ends] = [draft.begins, draft.ends].map((text) => Date.parse(text) / 1000);
  const set = (change: Partial<typeof draft>) => setDraft((old) => ({ ...old, ...change }));
  const ready = begins !== undefined && ends !== undefined && begins < ends;
  return (
    <Dialog title={t("upkeep.announce")} onClose={onClose}>
      <Form
        sending={sending}
        submit={t("upkeep.announceIt")}
        ready={ready}
        onSubmit={() => {
          if (ready)
            sending.mutate({
              begins_at: begins,
              ends_at: ends,
              text_ja: draft.ja,
              text_en: draft.en,
            });
        }}
        onCancel={onClose}
      >
        <p className="sub">{t("upkeep.zone")}</p>
        {(["begins", "ends"] as const).map((name) => (
          <TextInput
            key={name}
            type="datetime-local"
            label={t(`upkeep.${name}`)}
            data-autofocus={name === "begins" || undefined}
            value={draft[name]}
            onChange={(event) => set({ [name]: event.currentTarget.value })}
          />
        ))}
        {(["ja", "en"] as const).map((name) => (
          <Textarea
            key={name}
            label={t(`upkeep.fact.${name}`)}
            autosize
            maxLength={TEXT_LETTERS}
            value={draft[name]}
            onChange={(event) => set({ [name]: event.currentTarget.value })}
          />
        ))}
      </Form>
    </Dialog>
  );
}
