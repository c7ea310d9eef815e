// What is known of a member: name, login, role, language, groups.

import { TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isTaken, type Problem } from "../../api/http";
import type { Role } from "../../api/shapes";
import type { Branch } from "../../board/arrange";
import { LANGUAGE_CHOICES, type Language } from "../../i18n";
import { GroupPicks } from "../groups/GroupPicks";
import type { Sending } from "../kit/Dialog";
import { Select } from "../kit/Select";
import { ROLES } from "./roles";

export interface Draft {
  readonly name: string;
  readonly login: string;
  readonly role: Role;
  readonly locale: Language;
  readonly email: string;
  readonly groups: readonly number[];
  readonly supervises: readonly number[];
}

const ADDRESS = /^\S+@\S+$/;

export const isComplete = ({ name, login, email }: Draft): boolean =>
  name.trim() !== "" && login !== "" && !/\s/.test(login) && (email === "" || ADDRESS.test(email));

/** What the hub is to be told: nobody but a supervisor supervises. */
export const told = (draft: Draft) => ({
  ...draft,
  email: draft.email === "" ? null : draft.email,
  groups: [...draft.groups],
  supervises: draft.role === "supervisor" ? [...draft.supervises] : [],
});

export interface MemberFieldsProps {
  readonly draft: Draft;
  readonly branches: readonly Branch[];
  readonly ownAccount?: boolean;
  /** What the hub refused of this draft; what is wrong with a field stands at the field. */
  readonly refused: Problem | null;
  readonly onChange: (draft: Draft) => void;
}

/** What is typed into them. What is wrong with one stands there until that is changed, and not at
 * the foot of the form. */
export function useDraft(first: () => Draft, sending: Sending & { readonly reset: () => void }) {
  const [draft, setDraft] = useState(first);
  const atField = isTaken(sending.error, "login");
  const onChange = (next: Draft) => {
    if (atField && next.login !== draft.login) sending.reset();
    setDraft(next);
  };
  const atFoot: Sending = atField ? { ...sending, error: null } : sending;
  return { draft, onChange, atFoot };
}

export function MemberFields(props: MemberFieldsProps) {
  const { draft, branches, ownAccount, refused, onChange } = props;
  const { t } = useTranslation();
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const login = useRef<HTMLInputElement>(null);
  const taken = isTaken(refused, "login") ? refused : null;
  useEffect(() => {
    if (taken) login.current?.focus();
  }, [taken]);
  return (
    <>
      <TextInput
        data-autofocus
        label={t("members.name")}
        value={draft.name}
        maxLength={200}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <TextInput
        ref={login}
        label={t("members.login")}
        value={draft.login}
        maxLength={100}
        autoCapitalize="none"
        spellCheck={false}
        error={/\s/.test(draft.login) ? t("members.noSpace") : taken?.message}
        onChange={(event) => set({ login: event.currentTarget.value })}
      />
      <TextInput
        type="email"
        label={t("members.email")}
        description={t("members.emailHint")}
        value={draft.email}
        maxLength={254}
        onChange={(event) => set({ email: event.currentTarget.value })}
      />
      <Select
        label={t("members.role")}
        description={t(ownAccount ? "members.ownRole" : `roleHint.${draft.role}`)}
        value={draft.role}
        disabled={ownAccount ?? false}
        onPick={(role) => set({ role })}
        options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
      />
      <Select
        label={t("members.locale")}
        value={draft.locale}
        onPick={(locale) => set({ locale })}
        options={LANGUAGE_CHOICES}
      />
      <GroupPicks
        label={t("members.groups")}
        branches={branches}
        picked={draft.groups}
        onPick={(groups) => set({ groups })}
      />
      {draft.role === "supervisor" && (
        <GroupPicks
          label={t("members.supervises")}
          branches={branches}
          picked={draft.supervises}
          onPick={(supervises) => set({ supervises })}
        />
      )}
    </>
  );
}
