// Whether this browser is told by Web Push, also while no page of the hub is open.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { push, subscribePush, unsubscribePush } from "../api/console";
import { Answered } from "../console/kit/Answered";
import { useAsk, useTell } from "../console/kit/ask";
import { Refusal } from "../console/kit/Refusal";
import { ability, Denied, subscribed, unsubscribed } from "./browser";

const PUSH = ["push"] as const;

export function PushSwitch() {
  const { t } = useTranslation();
  const asked = useAsk(PUSH, push);
  return (
    <section className="panel-like">
      <h2>{t("push.title")}</h2>
      <p className="sub">{t("push.lead")}</p>
      <Answered asked={asked}>
        {(state) => <Turn on={state.subscribed} publicKey={state.public_key} />}
      </Answered>
    </section>
  );
}

type Trouble = "none" | "denied" | "failed";

function Turn({ on, publicKey }: { on: boolean; publicKey: string }) {
  const { t } = useTranslation();
  const can = ability();
  const [trouble, setTrouble] = useState<Trouble | null>(can === "may" ? null : can);
  const [asking, setAsking] = useState(false);
  const beginning = useTell(subscribePush, { changes: [PUSH] });
  const ending = useTell(() => unsubscribePush(), { changes: [PUSH] });
  const begin = async () => {
    setAsking(true);
    setTrouble(null);
    try {
      beginning.mutate(await subscribed(publicKey));
    } catch (wrong) {
      setTrouble(wrong instanceof Denied ? "denied" : "failed");
    } finally {
      setAsking(false);
    }
  };
  const end = () => {
    void unsubscribed().catch(() => undefined);
    ending.mutate(undefined);
  };
  const busy = asking || beginning.isPending || ending.isPending;
  return (
    <>
      <p role="status">{t(on ? "push.on" : "push.off")}</p>
      {trouble && <p role="alert">{t(`push.${trouble}`)}</p>}
      <Refusal problem={beginning.error ?? ending.error} />
      <footer className="buttons">
        {on ? (
          <Button variant="default" loading={busy} onClick={end}>
            {t("push.turnOff")}
          </Button>
        ) : (
          <Button loading={busy} disabled={can !== "may"} onClick={() => void begin()}>
            {t("push.turnOn")}
          </Button>
        )}
      </footer>
    </>
  );
}
