// Where one is signed in, and ending it: a browser left open, a terminal elsewhere.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { revokeSession, revokeSessions, sessions } from "../../api/console";
import type { SessionItem } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Refusal } from "../kit/Refusal";
import { useMoment } from "../kit/when";
import { browserOf } from "./browser";

const SESSIONS = ["sessions"] as const;

export function Sessions() {
  const { t } = useTranslation();
  const asked = useAsk(SESSIONS, () => sessions());
  const one = useTell(revokeSession, { changes: [SESSIONS] });
  const others = useTell(() => revokeSessions(), { changes: [SESSIONS] });
  return (
    <section className="panel-like">
      <h2>{t("sessions.title")}</h2>
      <Answered asked={asked}>
        {({ items }) => (
          <>
            <ul className="lines">
              {items.map((item) => (
                <Line key={item.id} item={item} onEnd={() => one.mutate(item.id)} />
              ))}
            </ul>
            <Refusal problem={one.error ?? others.error} />
            {items.length > 1 && (
              <div className="acts">
                <Button
                  variant="default"
                  loading={others.isPending}
                  onClick={() => others.mutate(undefined)}
                >
                  {t("sessions.endOthers")}
                </Button>
              </div>
            )}
          </>
        )}
      </Answered>
    </section>
  );
}

function Line({ item, onEnd }: { item: SessionItem; onEnd: () => void }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const name = (item.kind === "browser" && browserOf(item.agent)) || t(`sessions.${item.kind}`);
  return (
    <li>
      <span className="grow cut">
        <b title={item.agent}>{name}</b>
        {item.current && <span className="tag">{t("sessions.current")}</span>}
        <br />
        <span className="t1 sub num">
          {[item.address, t("sessions.seen", { time: moment(item.seen_at) })]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </span>
      {!item.current && (
        <Button
          variant="default"
          size="xs"
          aria-label={t("sessions.endNamed", { name })}
          onClick={onEnd}
        >
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}
