// Somebody new: their account, and then the link by which they choose their password.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { addMember, inviteMember } from "../../api/console";
import type { Branch } from "../../board/arrange";
import { useTell } from "../kit/ask";
import { Dialog, Form } from "../kit/Dialog";
import { Invited } from "./Invited";
import { INVITATIONS } from "./links";
import { type Draft, isComplete, MemberFields, told, useDraft } from "./MemberFields";

const NEW: Draft = {
  name: "",
  login: "",
  role: "worker",
  locale: "ja",
  email: "",
  groups: [],
  supervises: [],
};

interface AddMemberProps {
  readonly branches: readonly Branch[];
  readonly onClose: () => void;
}

export function AddMember({ branches, onClose }: AddMemberProps) {
  const { t } = useTranslation();
  const inviting = useTell(inviteMember, { changes: [INVITATIONS] });
  const adding = useTell(addMember, {
    changes: [["members"], ["groups"]],
    onDone: ({ id }) => inviting.mutate(id),
  });
  const { draft, onChange, atFoot } = useDraft(() => NEW, adding);
  const made = adding.data;
  return (
    <Dialog title={t(made ? "members.added" : "members.add")} onClose={onClose}>
      {made ? (
        <>
          <Invited
            name={draft.name}
            invitation={inviting.data}
            sending={inviting}
            password={made.password ?? null}
          />
          <footer className="buttons">
            <Button data-autofocus onClick={onClose}>
              {t("live.close")}
            </Button>
          </footer>
        </>
      ) : (
        <Form
          sending={atFoot}
          submit={t("members.addIt")}
          ready={isComplete(draft)}
          onSubmit={() => adding.mutate(told(draft))}
          onCancel={onClose}
        >
          <MemberFields
            draft={draft}
            branches={branches}
            refused={adding.error}
            onChange={onChange}
          />
        </Form>
      )}
    </Dialog>
  );
}
