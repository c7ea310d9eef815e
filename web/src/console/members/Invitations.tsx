// Who was invited and has not come yet; a link that went astray is taken back here.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { revokeInvitation } from "../../api/console";
import type { InvitationItem } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useTell } from "../kit/ask";
import { Confirm } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { type Column, Sheet } from "../kit/Sheet";
import { found } from "../kit/sorting";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";
import { INVITATIONS, useInvitations } from "./links";

export default function Invitations() {
  const { t } = useTranslation();
  const moment = useMoment();
  const asked = useInvitations();
  const [text, setText] = useState("");
  const [revoking, setRevoking] = useState<InvitationItem | null>(null);
  const sending = useTell(revokeInvitation, {
    changes: [INVITATIONS],
    onDone: () => setRevoking(null),
  });
  const columns: Column<InvitationItem>[] = [
    {
      name: "name",
      head: t("members.name"),
      cell: ({ name }) => <span title={name}>{name}</span>,
      sort: ({ name }) => name,
    },
    {
      name: "login",
      head: t("members.login"),
      width: 220,
      wide: true,
      cell: ({ login }) => <span className="t1 sub">{login}</span>,
      sort: ({ login }) => login,
    },
    {
      name: "sent",
      head: t("invitations.sent"),
      width: 168,
      wide: true,
      cell: ({ sent_at }) => <span className="num">{moment(sent_at)}</span>,
      sort: ({ sent_at }) => sent_at,
    },
    {
      name: "expires",
      head: t("invitations.expires"),
      width: 168,
      phone: 128,
      cell: ({ expires_at }) => <span className="num">{moment(expires_at)}</span>,
      sort: ({ expires_at }) => expires_at,
    },
    {
      name: "act",
      head: t("kit.acts"),
      width: 128,
      phone: 88,
      cell: (row) => (
        <Button
          variant="default"
          size="xs"
          aria-label={t("invitations.revokeNamed", { name: row.name })}
          onClick={() => setRevoking(row)}
        >
          {t("invitations.revoke")}
        </Button>
      ),
    },
  ];
  return (
    <>
      <Tools find={{ text, onText: setText }} placeholder={t("members.find")} />
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("invitations.none")}>
              <p>{t("invitations.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./members/invitations")}
              columns={columns}
              rows={found(items, text, ({ name, login }) => [name, login])}
              id={({ member }) => member}
            />
          )
        }
      </Answered>
      {revoking && (
        <Confirm
          title={t("members.sure.uninvite", { name: revoking.name })}
          text={t("members.sure.uninviteText")}
          submit={t("members.act.uninvite")}
          sending={sending}
          onConfirm={() => sending.mutate(revoking.member)}
          onClose={() => setRevoking(null)}
        />
      )}
    </>
  );
}
