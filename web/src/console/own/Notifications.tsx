// How one is told of incidents: by mail, on the desktop, with a sound; and when not at all.

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifications, setNotifications } from "../../api/console";
import type { Schemas } from "../../api/wire";
import { KINDS, type Kind } from "../../api/wire";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Tick } from "../kit/Tick";

type Chosen = Schemas["Notifications"];
type Channels = Schemas["Channels"];

const NOTIFICATIONS = ["notifications"] as const;
const CHANNELS = ["desktop", "sound", "mail"] as const;
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
  const quiet = draft.quiet_from != null;
  const rest = (on: boolean) =>
    setDraft(({ kinds }) => (on ? { kinds, ...NIGHT } : { kinds }) as Chosen);
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
        <table className="ticks">
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
