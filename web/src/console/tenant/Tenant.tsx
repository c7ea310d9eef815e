// The tenant: its system ID for inquiries, its seats, and who is asked about the service.

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeTenant, tenant } from "../../api/console";
import type { Tagged } from "../../api/http";
import type { Contact, Tenant as Record, Sharing } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Select } from "../kit/Select";

const TENANT = ["tenant"] as const;
const WORK_FROM = ["device", "punch"] as const;
type WorkFrom = (typeof WORK_FROM)[number];
const SHARING: readonly Sharing[] = ["nobody", "groups", "everybody"];
const CONTACT = ["name", "department", "email", "phone"] as const;

export default function Tenant() {
  const asked = useAsk(TENANT, tenant);
  const { role } = useDesk().session.member;
  return (
    <div className="block">
      <Answered asked={asked}>
        {(known) => (
          <>
            <Facts known={known} />
            {role !== "auditor" && <Edit key={editable(known)} known={known} />}
          </>
        )}
      </Answered>
    </div>
  );
}

/** What a form starts from: one more seat somewhere takes nothing of what was typed away. */
const editable = ({ name, work_from, sharing, contact }: Record) =>
  JSON.stringify([name, work_from, sharing, contact]);

function Facts({ known }: { known: Record }) {
  const { t } = useTranslation();
  return (
    <section className="panel-like">
      <h2>{known.name}</h2>
      <dl className="facts">
        <dt>{t("signIn.systemId")}</dt>
        <dd className="num code">{known.system_id}</dd>
        <dt>{t("tenant.state")}</dt>
        <dd>{t(`tenant.states.${known.state}`)}</dd>
        <dt>{t("tenant.seats")}</dt>
        <dd className="num">
          {known.seat_limit
            ? t("tenant.seatsOf", { seats: known.seats, limit: known.seat_limit })
            : t("tenant.seatsFree", { seats: known.seats })}
        </dd>
      </dl>
      <p className="t1 sub">{t("tenant.systemIdHint")}</p>
    </section>
  );
}

function Edit({ known }: { known: Tagged<Record> }) {
  const { t } = useTranslation();
  const [name, setName] = useState(known.name);
  const [contact, setContact] = useState<Contact>(known.contact ?? {});
  const [workFrom, setWorkFrom] = useState<WorkFrom>(known.work_from as WorkFrom);
  const [sharing, setSharing] = useState(known.sharing);
  const sending = useTell(changeTenant, { changes: [TENANT, ["session"]] });
  const changed =
    name !== known.name ||
    workFrom !== known.work_from ||
    sharing !== known.sharing ||
    JSON.stringify(contact) !== JSON.stringify(known.contact ?? {});
  return (
    <section className="panel-like">
      <h2>{t("tenant.contact")}</h2>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={changed && name.trim() !== ""}
        onSubmit={() =>
          sending.mutate({ name, contact, work_from: workFrom, sharing, etag: known.etag })
        }
      >
        <TextInput
          label={t("setup.company")}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("tenant.work_from")}
          description={t("tenant.workFromHint")}
          value={workFrom}
          onPick={setWorkFrom}
          options={WORK_FROM.map((one) => ({ value: one, label: t(`tenant.workFrom.${one}`) }))}
        />
        <Select
          label={t("tenant.sharing")}
          description={t("tenant.sharingHint")}
          value={sharing}
          onPick={setSharing}
          options={SHARING.map((one) => ({ value: one, label: t(`tenant.sharings.${one}`) }))}
        />
        {CONTACT.map((field) => (
          <TextInput
            key={field}
            label={t(`tenant.${field}`)}
            type={field === "email" ? "email" : field === "phone" ? "tel" : "text"}
            value={contact[field] ?? ""}
            maxLength={200}
            onChange={({ currentTarget: { value } }) =>
              setContact((old) => ({ ...old, [field]: value }))
            }
          />
        ))}
      </Form>
    </section>
  );
}
