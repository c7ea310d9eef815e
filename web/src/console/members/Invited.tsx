// What came of an invitation: mailed, or a link to hand over; a password where neither worked.

import { useTranslation } from "react-i18next";
import type { Invitation } from "../../api/shapes";
import type { Sending } from "../kit/Dialog";
import { Refusal } from "../kit/Refusal";
import { Secret } from "../kit/Secret";
import { useMoment } from "../kit/when";

interface InvitedProps {
  readonly name: string;
  readonly invitation: Invitation | undefined;
  readonly sending: Sending;
  readonly password: string | null;
}

export function Invited({ name, invitation, sending, password }: InvitedProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  if (sending.error)
    return (
      <>
        <Refusal problem={sending.error} />
        {password && <Secret label={t("members.password", { name })} value={password} />}
      </>
    );
  if (!invitation) return <p role="status">{t("kit.loading")}</p>;
  return (
    <>
      <p role="status">
        {t(invitation.link ? "members.handOver" : "members.mailed", {
          name,
          time: moment(invitation.expires_at),
        })}
      </p>
      {invitation.link && <Secret label={t("members.link")} value={invitation.link} />}
    </>
  );
}
