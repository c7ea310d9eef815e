// A board without people says what will appear and the first step.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Role } from "../api/wire";
import { useArrangement } from "./hooks";

const FIRST_STEP = "zaiseki member add hanako --name 山田花子";

export function Empty({ role, onClear }: { role: Role; onClear: () => void }) {
  const { t } = useTranslation();
  const { total } = useArrangement();
  if (total > 0)
    return (
      <div className="empty">
        <h2>{t("empty.noMatch")}</h2>
        <p>{t("empty.hidden", { count: total })}</p>
        <Button variant="default" onClick={onClear}>
          {t("filter.clear")}
        </Button>
      </div>
    );
  return (
    <div className="empty">
      <h2>{t("empty.nobody")}</h2>
      {role === "administrator" ? <FirstStep /> : <p>{t("empty.nobodyYours")}</p>}
    </div>
  );
}

/** Also shown to an administrator who is still alone. */
export function Alone({ role }: { role: Role }) {
  const { total } = useArrangement();
  if (role !== "administrator" || total !== 1) return null;
  return (
    <div className="empty">
      <FirstStep />
    </div>
  );
}

function FirstStep() {
  const { t } = useTranslation();
  return (
    <>
      <p>{t("empty.firstStep")}</p>
      <code>{FIRST_STEP}</code>
    </>
  );
}
