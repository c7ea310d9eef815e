// A new incident interrupts whoever listens to the screen; nothing else on the board does.

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "./hooks";
import { ring, soundIsOn } from "./sound";

export function Alarm() {
  const { t } = useTranslation();
  const store = useStore();
  const [said, setSaid] = useState("");
  useEffect(
    () =>
      store.onAlarm(({ member, sighting }) => {
        const name = store.card(member)?.name ?? "";
        setSaid(t("incidents.alarm", { kind: t(`kind.${sighting.kind}`), name }));
        if (soundIsOn()) ring();
      }),
    [store, t],
  );
  return (
    <p className="unseen" role="alert" data-alarm>
      {said}
    </p>
  );
}
