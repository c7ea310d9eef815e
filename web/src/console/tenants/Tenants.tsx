// The operator's page: tenants, their seats and their state. Nothing of their people is here.

import { Button, NumberInput, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addTenant, changeTenantOf, oneTenant, setTenantState, tenants } from "../../api/console";
import type { Tagged } from "../../api/http";
import type { TenantItem, TenantState } from "../../api/shapes";
import { useParameter } from "../../shell/place";
import { Answered } from "../kit/Answered";
import { useAsk, usePages, useTell } from "../kit/ask";
import { Dialog, Form } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { Panel } from "../kit/Panel";
import { Secret } from "../kit/Secret";
import { Select } from "../kit/Select";
import { type Column, Sheet } from "../kit/Sheet";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";

const TENANTS = ["tenants"] as const;
const STATES: readonly TenantState[] = ["before_start", "active", "suspended", "ended"];
const TYPING_MS = 250;

export default function Tenants() {
  const { t } = useTranslation();
  const moment = useMoment();
  const [typed, setTyped] = useParameter("q");
  const [q] = useDebouncedValue(typed, TYPING_MS);
  const asked = usePages([...TENANTS, q], (after) => tenants(q, after));
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const opened = asked.rows.find(({ id }) => id === open);
  const columns: Column<TenantItem>[] = [
    {
      name: "name",
      head: t("setup.company"),
      cell: ({ name }) => <span title={name}>{name}</span>,
    },
    {
      name: "system",
      head: t("signIn.systemId"),
      width: 168,
      phone: 0,
      cell: ({ system_id }) => <span className="code">{system_id}</span>,
    },
    {
      name: "state",
      head: t("tenant.state"),
      width: 120,
      phone: 72,
      cell: ({ state }) => t(`tenant.states.${state}`),
    },
    {
      name: "seats",
      head: t("tenant.seats"),
      width: 104,
      phone: 88,
      figures: true,
      cell: ({ seats, seat_limit }) => (seat_limit ? `${seats} / ${seat_limit}` : seats),
    },
    {
      name: "created",
      head: t("tenants.created"),
      width: 168,
      wide: true,
      cell: ({ created_at }) => <span className="num">{moment(created_at)}</span>,
    },
  ];
  const add = <Button onClick={() => setAdding(true)}>{t("tenants.add")}</Button>;
  return (
    <>
      <Tools find={{ text: typed, onText: setTyped }} placeholder={t("tenants.find")}>
        {add}
      </Tools>
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("tenants.none")}>
              <p>{t("tenants.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./tenants")}
              columns={columns}
              rows={asked.rows}
              id={({ id }) => id}
              onOpen={({ id }) => setOpen(id)}
              open={open}
              dimmed={({ state }) => state === "ended"}
              onEnd={asked.onEnd}
            />
          )
        }
      </Answered>
      {adding && <Add onClose={() => setAdding(false)} />}
      <Panel
        opened={opened !== undefined}
        title={opened?.name ?? ""}
        sub={opened?.system_id}
        onClose={() => setOpen(null)}
      >
        {opened && <Known key={opened.id} id={opened.id} />}
      </Panel>
    </>
  );
}

function Seats({
  seats,
  onSeats,
}: {
  seats: number | null;
  onSeats: (seats: number | null) => void;
}) {
  const { t } = useTranslation();
  return (
    <NumberInput
      label={t("tenants.limit")}
      description={t("tenants.limitHint")}
      hideControls
      allowDecimal={false}
      allowNegative={false}
      value={seats ?? ""}
      onChange={(value) => onSeats(value === "" ? null : Number(value))}
    />
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState({ company: "", name: "", login: "" });
  const [seats, setSeats] = useState<number | null>(null);
  const sending = useTell(addTenant, { changes: [TENANTS] });
  const set = (change: Partial<typeof draft>) => setDraft((old) => ({ ...old, ...change }));
  const field = (name: keyof typeof draft, label: string) => (
    <TextInput
      label={label}
      data-autofocus={name === "company" || undefined}
      value={draft[name]}
      maxLength={name === "login" ? 100 : 200}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <Dialog title={t("tenants.add")} onClose={onClose}>
      {sending.data ? (
        <>
          <p role="status">{t("tenants.added", { id: sending.data.system_id })}</p>
          <Secret
            label={t("members.password", { name: draft.name })}
            value={sending.data.password}
          />
          <footer className="buttons">
            <Button data-autofocus onClick={onClose}>
              {t("live.close")}
            </Button>
          </footer>
        </>
      ) : (
        <Form
          sending={sending}
          submit={t("tenants.addIt")}
          ready={Object.values(draft).every((value) => value.trim() !== "")}
          onSubmit={() =>
            sending.mutate({
              name: draft.company,
              seat_limit: seats,
              administrator: { login: draft.login, name: draft.name },
            })
          }
          onCancel={onClose}
        >
          {field("company", t("setup.company"))}
          {field("name", t("tenants.administrator"))}
          {field("login", t("tenants.login"))}
          <Seats seats={seats} onSeats={setSeats} />
        </Form>
      )}
    </Dialog>
  );
}

function Known({ id }: { id: number }) {
  const asked = useAsk([...TENANTS, "one", id], () => oneTenant(id));
  return (
    <div className="body">
      <Answered asked={asked}>
        {(tenant) => (
          <>
            <Edit key={`${tenant.name} ${tenant.seat_limit}`} tenant={tenant} />
            <State key={tenant.state} tenant={tenant} />
          </>
        )}
      </Answered>
    </div>
  );
}

function Edit({ tenant }: { tenant: Tagged<TenantItem> }) {
  const { t } = useTranslation();
  const [name, setName] = useState(tenant.name);
  const [seats, setSeats] = useState(tenant.seat_limit ?? null);
  const sending = useTell(changeTenantOf, { changes: [TENANTS] });
  const changed = name !== tenant.name || seats !== (tenant.seat_limit ?? null);
  return (
    <Form
      sending={sending}
      submit={t("kit.save")}
      ready={changed && name.trim() !== ""}
      onSubmit={() => sending.mutate({ id: tenant.id, etag: tenant.etag, name, seat_limit: seats })}
    >
      <TextInput
        label={t("setup.company")}
        value={name}
        maxLength={200}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Seats seats={seats} onSeats={setSeats} />
    </Form>
  );
}

function State({ tenant }: { tenant: Tagged<TenantItem> }) {
  const { t } = useTranslation();
  const [state, setState] = useState(tenant.state);
  const [reason, setReason] = useState("");
  const sending = useTell(setTenantState, { changes: [TENANTS] });
  const danger = state === "suspended" || state === "ended";
  return (
    <section className="part">
      <h3>{t("tenant.state")}</h3>
      {tenant.reason && <p className="sub">{tenant.reason}</p>}
      <Form
        sending={sending}
        submit={t("tenants.changeState")}
        ready={state !== tenant.state && reason.trim() !== ""}
        danger={danger}
        onSubmit={() => sending.mutate({ id: tenant.id, etag: tenant.etag, state, reason })}
      >
        <Select
          label={t("tenant.state")}
          description={t(`tenants.stateHint.${state}`)}
          value={state}
          onPick={setState}
          options={STATES.map((one) => ({ value: one, label: t(`tenant.states.${one}`) }))}
        />
        <TextInput
          label={t("tenants.reason")}
          value={reason}
          maxLength={200}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Form>
    </section>
  );
}
