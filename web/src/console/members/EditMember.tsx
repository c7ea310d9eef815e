// One member in the panel: what is known of them, and what can be done about their account.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  changeMember,
  disableMember,
  dropSecondFactor,
  enableMember,
  inviteMember,
  oneMember,
  revokeInvitation,
  revokeSessions,
} from "../../api/console";
import type { Tagged } from "../../api/http";
import type { MemberItem } from "../../api/shapes";
import type { Branch } from "../../board/arrange";
import type { Language } from "../../i18n";
import { pathsOf } from "../groups/paths";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, useTell } from "../kit/ask";
import { Confirm, Form } from "../kit/Dialog";
import { useList } from "../kit/list";
import { Refusal } from "../kit/Refusal";
import { useMoment } from "../kit/when";
import { Invited } from "./Invited";
import { INVITATIONS, useInvitation } from "./links";
import { type Draft, isComplete, MemberFields, told, useDraft } from "./MemberFields";

interface EditMemberProps {
  readonly member: MemberItem;
  readonly branches: readonly Branch[];
  readonly manages: boolean;
}

const CHANGES = [["members"], ["groups"], INVITATIONS] as const;

export function EditMember({ member, branches, manages }: EditMemberProps) {
  const { id } = member;
  const asked = useAsk(["members", "one", id], () => oneMember(id), { enabled: manages });
  return (
    <div className="body">
      {manages ? (
        <>
          <Answered asked={asked}>
            {(known) => <Known key={known.etag} member={known} branches={branches} />}
          </Answered>
          <Account member={member} />
        </>
      ) : (
        <Read member={member} branches={branches} />
      )}
    </div>
  );
}

function Read({ member, branches }: Omit<EditMemberProps, "manages">) {
  const { t } = useTranslation();
  const list = useList();
  return (
    <dl className="facts">
      <dt>{t("members.login")}</dt>
      <dd>{member.login}</dd>
      <dt>{t("members.role")}</dt>
      <dd>{t(`role.${member.role}`)}</dd>
      <dt>{t("members.groups")}</dt>
      <dd>{list(pathsOf(member.groups ?? [], branches))}</dd>
      <dt>{t("members.state")}</dt>
      <dd>{t(member.disabled ? "members.disabled" : "members.active")}</dd>
    </dl>
  );
}

const draftOf = (member: MemberItem): Draft => ({
  name: member.name,
  login: member.login,
  role: member.role,
  locale: member.locale as Language,
  email: member.email ?? "",
  groups: member.groups ?? [],
  supervises: member.supervises ?? [],
});

interface KnownProps {
  readonly member: Tagged<MemberItem>;
  readonly branches: readonly Branch[];
}

function Known({ member, branches }: KnownProps) {
  const { t } = useTranslation();
  const ownAccount = useDesk().session.member.id === member.id;
  const sending = useTell(changeMember, { changes: CHANGES });
  const { draft, onChange, atFoot } = useDraft(() => draftOf(member), sending);
  const changed = JSON.stringify(told(draft)) !== JSON.stringify(told(draftOf(member)));
  const { role, ...rest } = told(draft);
  const { id, etag } = member;
  return (
    <Form
      sending={atFoot}
      submit={t("kit.save")}
      ready={changed && isComplete(draft)}
      onSubmit={() => sending.mutate({ id, etag, ...rest, ...(!ownAccount && { role }) })}
    >
      <MemberFields
        draft={draft}
        branches={branches}
        ownAccount={ownAccount}
        refused={sending.error}
        onChange={onChange}
      />
    </Form>
  );
}

const ACTS = {
  disable: disableMember,
  uninvite: revokeInvitation,
  secondFactor: dropSecondFactor,
  sessions: (id: number) => revokeSessions(id),
} as const;
type Act = keyof typeof ACTS;

function Account({ member }: { member: MemberItem }) {
  const { t } = useTranslation();
  const own = useDesk().session.member.id === member.id;
  const [act, setAct] = useState<Act | null>(null);
  const moment = useMoment();
  const invited = useInvitation(member.id);
  const inviting = useTell(inviteMember, { changes: [INVITATIONS] });
  const enabling = useTell(enableMember, { changes: CHANGES });
  const { name } = member;
  if (own) return <p className="t1 sub part">{t("members.own")}</p>;
  return (
    <section className="part">
      <h3>{t("members.account")}</h3>
      {member.disabled ? (
        <>
          <p className="sub">{t("members.isDisabled")}</p>
          <Refusal problem={enabling.error} />
          <Button loading={enabling.isPending} onClick={() => enabling.mutate(member.id)}>
            {t("members.enable")}
          </Button>
        </>
      ) : (
        <>
          {inviting.data || inviting.error ? (
            <Invited name={name} invitation={inviting.data} sending={inviting} password={null} />
          ) : (
            invited && (
              <p className="sub">{t("members.invited", { time: moment(invited.expires_at) })}</p>
            )
          )}
          <div className="acts">
            <Button
              variant="default"
              loading={inviting.isPending}
              onClick={() => inviting.mutate(member.id)}
            >
              {t(invited ? "members.inviteAgain" : "members.invite")}
            </Button>
            {invited && (
              <Button variant="default" className="danger" onClick={() => setAct("uninvite")}>
                {t("members.act.uninvite")}
              </Button>
            )}
            <Button variant="default" onClick={() => setAct("sessions")}>
              {t("members.act.sessions")}
            </Button>
            <Button variant="default" onClick={() => setAct("secondFactor")}>
              {t("members.act.secondFactor")}
            </Button>
            <Button variant="default" className="danger" onClick={() => setAct("disable")}>
              {t("members.act.disable")}
            </Button>
          </div>
        </>
      )}
      {act && (
        <Sure
          key={act}
          act={act}
          member={member}
          onClose={() => setAct(null)}
          onDone={inviting.reset}
        />
      )}
    </section>
  );
}

interface SureProps {
  readonly act: Act;
  readonly member: MemberItem;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Sure({ act, member, onClose, onDone }: SureProps) {
  const { t } = useTranslation();
  const sending = useTell(ACTS[act], {
    changes: CHANGES,
    onDone: () => {
      onClose();
      onDone();
    },
  });
  return (
    <Confirm
      title={t(`members.sure.${act}`, { name: member.name })}
      text={t(`members.sure.${act}Text`)}
      submit={t(`members.act.${act}`)}
      sending={sending}
      onConfirm={() => sending.mutate(member.id)}
      onClose={onClose}
    />
  );
}
