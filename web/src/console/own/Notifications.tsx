// How one is told: which notices arrive where, which kinds of incidents call, and when not at all.

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifications, setNotifications } from "../../api/console";
import type { Schemas } from "../../api/wire";
import { KINDS, type Kind } from "../../api/wire";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Select } from "../kit/Select";
import { Tick } from "../kit/Tick";
import { clockText, HOURS, MAILED, rowsOf } from "./channels";

type Chosen = Schemas["Notifications"];
type Channels = Schemas["Channels"];
type Types = Schemas["NoticeTypes"];
type Type = Schemas["NoticeType"];
type Ways = Schemas["NoticeWays"];

const NOTIFICATIONS = ["notifications"] as const;
const CHANNELS = ["desktop", "sound", "mail"] as const;
const NOT_AT_ALL: Ways = { app: false, mail: "off", push: false };
const NIGHT = { quiet_from: "22:00", quiet_to: "07:00" } as const;
const NONE: Channels = { mail: false, desktop: false, sound: false };

export function Notifications() {
  const asked = useAsk(NOTIFICATIONS, notifications);
  return (
    <Answered asked={asked}>
      {(chosen) => <Edit key={JSON.stringify(chosen)} chosen={chosen} />}
    </Answered>
  );
}

function Edit({ chosen }: { chosen: Chosen }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(chosen);
  const sending = useTell(setNotifications, { changes: [NOTIFICATIONS] });
  const of = (kind: Kind): Channels => draft.kinds?.[kind] ?? NONE;
  const set = (kind: Kind, change: Partial<Channels>) =>
    setDraft((old) => {
      const kinds = old.kinds as Record<Kind, Channels>;
      return { ...old, kinds: { ...kinds, [kind]: { ...of(kind), ...change } } };
    });
  const { role } = useDesk().session.member;
  const ways = (type: Type): Ways => draft.types?.[type] ?? NOT_AT_ALL;
  const send = (type: Type, change: Partial<Ways>) =>
    setDraft((old) => ({
      ...old,
      types: { ...(old.types as Types), [type]: { ...ways(type), ...change } },
    }));
  const quiet = draft.quiet_from != null;
  const rest = (on: boolean) =>
    setDraft(({ quiet_from: _, quiet_to: __, ...rest }) => (on ? { ...rest, ...NIGHT } : rest));
  return (
    <section className="panel-like">
      <h2>{t("notify.title")}</h2>
      <p className="sub">{t("notify.lead")}</p>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={JSON.stringify(draft) !== JSON.stringify(chosen)}
        onSubmit={() => sending.mutate(draft)}
      >
        <table className="ticks ways">
          <caption>{t("notify.types")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("notify.type")}</th>
              <th scope="col">{t("notify.app")}</th>
              <th scope="col">{t("notify.push")}</th>
              <th scope="col">{t("notify.mailed")}</th>
            </tr>
          </thead>
          <tbody>
            {rowsOf(role).map((type) => (
              <tr key={type}>
                <th scope="row">{t(`notify.${type}`)}</th>
                {(["app", "push"] as const).map((way) => (
                  <td key={way}>
                    <input
                      type="checkbox"
                      aria-label={`${t(`notify.${type}`)} ${t(`notify.${way}`)}`}
                      checked={ways(type)[way] ?? false}
                      onChange={(event) => send(type, { [way]: event.currentTarget.checked })}
                    />
                  </td>
                ))}
                <td>
                  <Select
                    aria-label={`${t(`notify.${type}`)} ${t("notify.mailed")}`}
                    value={ways(type).mail ?? "off"}
                    options={MAILED.map((value) => ({ value, label: t(`notify.${value}`) }))}
                    onPick={(mail) => send(type, { mail })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <Select
          label={t("notify.digest_hour")}
          description={t("notify.digestHint")}
          value={String(draft.digest_hour ?? 0)}
          options={HOURS.map((hour) => ({ value: String(hour), label: clockText(hour) }))}
          onPick={(hour) => setDraft((old) => ({ ...old, digest_hour: Number(hour) }))}
        />
        <table className="ticks">
          <caption>{t("notify.kinds")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("notify.kind")}</th>
              {CHANNELS.map((channel) => (
                <th key={channel} scope="col">
                  {t(`notify.${channel}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {KINDS.map((kind) => (
              <tr key={kind}>
                <th scope="row">{t(`kind.${kind}`)}</th>
                {CHANNELS.map((channel) => (
                  <td key={channel}>
                    <input
                      type="checkbox"
                      aria-label={`${t(`kind.${kind}`)} ${t(`notify.${channel}`)}`}
                      checked={of(kind)[channel]}
                      onChange={(event) => set(kind, { [channel]: event.currentTarget.checked })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <Tick
          label={t("notify.quiet")}
          hint={t("notify.quietHint")}
          checked={quiet}
          onTick={rest}
        />
        {quiet && (
          <div className="span">
            {(["quiet_from", "quiet_to"] as const).map((end) => (
              <TextInput
                key={end}
                type="time"
                required
                label={t(`notify.${end}`)}
                value={draft[end] ?? ""}
                onChange={({ currentTarget: { value } }) =>
                  value !== "" && setDraft((old) => ({ ...old, [end]: value }))
                }
              />
            ))}
          </div>
        )}
      </Form>
    </section>
  );
}
