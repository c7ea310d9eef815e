// The people of a tenant: found by the hub, so that thousands are as quick as ten.

import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MemberFilter, members } from "../../api/console";
import type { MemberItem } from "../../api/shapes";
import { useParameter } from "../../shell/place";
import { branchesOf, indented, pathsOf, useGroups } from "../groups/paths";
import { Answered } from "../kit/Answered";
import { useDesk, usePages } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { useList } from "../kit/list";
import { Panel } from "../kit/Panel";
import { Select } from "../kit/Select";
import { type Column, Sheet } from "../kit/Sheet";
import { Tools } from "../kit/Tools";
import { AddMember } from "./AddMember";
import { EditMember } from "./EditMember";
import { ImportMembers } from "./ImportMembers";
import { ROLES } from "./roles";

const TYPING_MS = 250;

export const MEMBERS = ["members"] as const;

export default function Members() {
  const { t } = useTranslation();
  const list = useList();
  const { role } = useDesk().session.member;
  const manages = role === "administrator" || role === "contractor";
  const [filter, setFilter] = useFilter();
  const [q] = useDebouncedValue(filter.q, TYPING_MS);
  const wanted = { ...filter, q };
  const asked = usePages([...MEMBERS, ...Object.values(wanted)], (after) => members(wanted, after));
  const groups = useGroups();
  const branches = useMemo(() => branchesOf(groups.data?.items), [groups.data]);
  const [adding, setAdding] = useState(false);
  const [importing, setImporting] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const opened = asked.rows.find(({ id }) => id === open);
  const narrowed = Object.values(filter).some((value) => value !== "");
  const columns: Column<MemberItem>[] = [
    { name: "name", head: t("members.name"), cell: ({ name }) => <span title={name}>{name}</span> },
    {
      name: "login",
      head: t("members.login"),
      width: 220,
      wide: true,
      cell: ({ login }) => <span className="t1 sub">{login}</span>,
    },
    {
      name: "groups",
      head: t("members.groups"),
      width: 260,
      wide: true,
      cell: (row) => <Paths text={list(pathsOf(row.groups ?? [], branches))} />,
    },
    {
      name: "role",
      head: t("members.role"),
      width: 128,
      phone: 92,
      cell: (row) => t(`role.${row.role}`),
    },
    {
      name: "state",
      head: t("members.state"),
      width: 88,
      phone: 76,
      cell: ({ disabled }) => t(disabled ? "members.disabled" : "members.active"),
    },
  ];
  const actions = manages && (
    <>
      <Button variant="default" onClick={() => setImporting(true)}>
        {t("members.import")}
      </Button>
      <Button onClick={() => setAdding(true)}>{t("members.add")}</Button>
    </>
  );
  return (
    <>
      <Tools
        find={{ text: filter.q, onText: (text) => setFilter("q", text) }}
        placeholder={t("members.find")}
        filters={
          <>
            {branches.length > 0 && (
              <Select
                aria-label={t("members.group")}
                value={filter.group}
                onPick={(value) => setFilter("group", value)}
                options={[
                  { value: "", label: t("members.group") },
                  ...branches.map((one) => ({ value: String(one.id), label: indented(one) })),
                ]}
              />
            )}
            <Select
              aria-label={t("members.role")}
              value={filter.role}
              onPick={(value) => setFilter("role", value)}
              options={[
                { value: "", label: t("members.role") },
                ...ROLES.map((one) => ({ value: one as string, label: t(`role.${one}`) })),
              ]}
            />
            <Select
              aria-label={t("members.state")}
              value={filter.state}
              onPick={(value) => setFilter("state", value)}
              options={[
                { value: "", label: t("members.state") },
                { value: "active", label: t("members.active") },
                { value: "disabled", label: t("members.disabled") },
              ]}
            />
          </>
        }
      >
        {actions}
      </Tools>
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 || (!narrowed && manages && asked.rows.length === 1) ? (
            <Nobody narrowed={narrowed} actions={actions} />
          ) : null
        }
      </Answered>
      {asked.rows.length > 0 && (
        <Sheet
          label={t("page./members")}
          columns={columns}
          rows={asked.rows}
          id={({ id }) => id}
          onOpen={({ id }) => setOpen(id)}
          open={open}
          dimmed={({ disabled }) => disabled === true}
          onEnd={asked.onEnd}
          foot={t("kit.rows", { count: asked.first?.total ?? asked.rows.length })}
        />
      )}
      {adding && <AddMember branches={branches} onClose={() => setAdding(false)} />}
      {importing && <ImportMembers onClose={() => setImporting(false)} />}
      <Panel
        opened={opened !== undefined}
        title={opened?.name ?? ""}
        sub={opened?.login}
        onClose={() => setOpen(null)}
      >
        {opened && (
          <EditMember key={opened.id} member={opened} branches={branches} manages={manages} />
        )}
      </Panel>
    </>
  );
}

function Paths({ text }: { text: string }) {
  return (
    <span className="cut" title={text}>
      {text}
    </span>
  );
}

/** The filter stands in the address, so that a list can be shared and comes back. */
function useFilter() {
  const [q, setQ] = useParameter("q");
  const [role, setRole] = useParameter("role");
  const [group, setGroup] = useParameter("group");
  const [state, setState] = useParameter("state");
  const filter: MemberFilter = { q, role, group, state };
  const setters = { q: setQ, role: setRole, group: setGroup, state: setState };
  return [filter, (name: keyof MemberFilter, value: string) => setters[name](value)] as const;
}

const STEPS = ["invite", "consent", "enrol"] as const;

function Nobody({ narrowed, actions }: { narrowed: boolean; actions: React.ReactNode }) {
  const { t } = useTranslation();
  if (narrowed) return <Empty title={t("members.noMatch")} />;
  if (!actions)
    return (
      <Empty title={t("members.none")}>
        <p>{t("empty.nobodyYours")}</p>
      </Empty>
    );
  return (
    <Empty title={t("members.none")}>
      <p>{t("members.noneHint")}</p>
      <ol className="steps">
        {STEPS.map((step, at) => (
          <li key={step}>
            <b>
              {at + 1} {t(`members.steps.${step}`)}
            </b>
            <span className="t1 sub">{t(`members.steps.${step}Hint`)}</span>
          </li>
        ))}
      </ol>
    </Empty>
  );
}
