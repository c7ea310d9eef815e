// A board without people says what will appear and the first step.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Role } from "../api/wire";
import { Link } from "../shell/Link";
import { pageAt } from "../shell/pages";
import { useArrangement } from "./hooks";

const INVITES = "/members/invitations"; // who has this page adds members

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
      {pageAt(INVITES, role) ? <FirstStep /> : <p>{t("empty.nobodyYours")}</p>}
    </div>
  );
}

/** Also shown to whoever adds members and is still alone. */
export function Alone({ role }: { role: Role }) {
  const { total } = useArrangement();
  if (!pageAt(INVITES, role) || total !== 1) return null;
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
      <Link href="/members">{t("empty.add")}</Link>
    </>
  );
}
