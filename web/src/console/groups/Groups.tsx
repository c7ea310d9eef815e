// The tree of groups: names, who is in them, who supervises them, and what images they send.

import { Button, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  addGroup,
  changeGroup,
  narrowGroup,
  oneGroup,
  policy,
  removeGroup,
} from "../../api/console";
import type { Tagged } from "../../api/http";
import type { EvidenceLevel, GroupRecord } from "../../api/shapes";
import type { Branch } from "../../board/arrange";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, useTell } from "../kit/ask";
import { Confirm, Dialog, Form } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { Panel } from "../kit/Panel";
import { Refusal } from "../kit/Refusal";
import { Select } from "../kit/Select";
import { type Column, Sheet } from "../kit/Sheet";
import { found } from "../kit/sorting";
import { Tools } from "../kit/Tools";
import { LEVELS, narrowerThan } from "../policy/levels";
import { branchesOf, GROUPS, indented, useGroups, withBelow } from "./paths";
import { Supervisors } from "./Supervisors";

export default function Groups() {
  const { t } = useTranslation();
  const manages = useDesk().session.member.role === "administrator";
  const asked = useGroups();
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const items = asked.data?.items;
  const branches = useMemo(() => branchesOf(items), [items]);
  const byId = useMemo(() => new Map(items?.map((item) => [item.id, item])), [items]);
  const rows = found(branches, text, ({ path }) => path);
  const opened = open === null ? undefined : byId.get(open);
  const columns: Column<Branch>[] = [
    {
      name: "name",
      head: t("groups.name"),
      cell: (row) => <Name branch={row} flat={text !== ""} />,
    },
    {
      name: "level",
      head: t("groups.level"),
      width: 220,
      wide: true,
      cell: ({ id, path }) => {
        const level = byId.get(id)?.evidence;
        const above = path.length > 1 ? "groups.asAbove" : "groups.asTenant";
        return level ? t(`level.${level}`) : <span className="dim">{t(above)}</span>;
      },
    },
    {
      name: "supervisors",
      head: t("groups.supervisors"),
      width: 96,
      figures: true,
      wide: true,
      cell: ({ id }) => byId.get(id)?.supervisors?.length ?? 0,
    },
    {
      name: "members",
      head: t("groups.members"),
      width: 96,
      phone: 72,
      figures: true,
      cell: ({ id }) => byId.get(id)?.members ?? 0,
    },
  ];
  return (
    <>
      <Tools find={{ text, onText: setText }} placeholder={t("groups.name")}>
        {manages && <Button onClick={() => setAdding(true)}>{t("groups.add")}</Button>}
      </Tools>
      <Answered asked={asked}>
        {(answer) =>
          answer.items.length === 0 ? (
            <Empty title={t("groups.none")}>
              <p>{t("groups.noneHint")}</p>
              {manages && <Button onClick={() => setAdding(true)}>{t("groups.add")}</Button>}
            </Empty>
          ) : (
            <Sheet
              label={t("page./members/groups")}
              columns={columns}
              rows={rows}
              id={({ id }) => id}
              {...(manages && { onOpen: ({ id }: Branch) => setOpen(id) })}
              open={open}
            />
          )
        }
      </Answered>
      {adding && <Add branches={branches} onClose={() => setAdding(false)} />}
      <Panel opened={opened !== undefined} title={opened?.name ?? ""} onClose={() => setOpen(null)}>
        {opened && (
          <Known key={opened.id} id={opened.id} branches={branches} onDone={() => setOpen(null)} />
        )}
      </Panel>
    </>
  );
}

/** In the tree the place says what is above; among found ones the names do. */
function Name({ branch, flat }: { branch: Branch; flat: boolean }) {
  return (
    <span className="cut" data-depth={flat ? 0 : Math.min(branch.path.length - 1, 5)}>
      {flat ? branch.path.join(" › ") : branch.path.at(-1)}
    </span>
  );
}

interface FieldsProps {
  readonly name: string;
  readonly parent: number | null;
  readonly branches: readonly Branch[];
  readonly onName: (name: string) => void;
  readonly onParent: (parent: number | null) => void;
}

function Fields({ name, parent, branches, onName, onParent }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        data-autofocus
        label={t("groups.name")}
        value={name}
        maxLength={200}
        error={name.includes("/") ? t("groups.noSlash") : undefined}
        onChange={(event) => onName(event.currentTarget.value)}
      />
      <Select
        label={t("groups.parent")}
        value={parent === null ? "" : String(parent)}
        onPick={(value) => onParent(value === "" ? null : Number(value))}
        options={[
          { value: "", label: t("groups.top") },
          ...branches.map((branch) => ({ value: String(branch.id), label: indented(branch) })),
        ]}
      />
    </>
  );
}

const isName = (name: string) => name.trim() !== "" && !name.includes("/");

function Add({ branches, onClose }: { branches: readonly Branch[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [parent, setParent] = useState<number | null>(null);
  const sending = useTell(addGroup, { changes: [GROUPS], onDone: onClose });
  return (
    <Dialog title={t("groups.add")} onClose={onClose}>
      <Form
        sending={sending}
        submit={t("groups.addIt")}
        ready={isName(name)}
        onSubmit={() => sending.mutate({ name, parent })}
        onCancel={onClose}
      >
        <Fields {...{ name, parent, branches, onName: setName, onParent: setParent }} />
      </Form>
    </Dialog>
  );
}

interface KnownProps {
  readonly id: number;
  readonly branches: readonly Branch[];
  readonly onDone: () => void;
}

function Known({ id, ...rest }: KnownProps) {
  const asked = useAsk([...GROUPS, id], () => oneGroup(id));
  return (
    <Answered asked={asked}>
      {(group) => <Edit key={group.etag} group={group} {...rest} />}
    </Answered>
  );
}

interface EditProps extends Omit<KnownProps, "id"> {
  readonly group: Tagged<GroupRecord>;
}

function Edit({ group, branches, onDone }: EditProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(group.name);
  const [parent, setParent] = useState(group.parent ?? null);
  const [removing, setRemoving] = useState(false);
  const sending = useTell(changeGroup, { changes: [GROUPS] });
  const removal = useTell(removeGroup, { changes: [GROUPS], onDone });
  const below = withBelow(group.id, branches);
  const others = branches.filter(({ id }) => !below.has(id));
  const changed = name !== group.name || parent !== (group.parent ?? null);
  return (
    <div className="body">
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={changed && isName(name)}
        onSubmit={() => sending.mutate({ id: group.id, etag: group.etag, name, parent })}
      >
        <Fields {...{ name, parent, branches: others, onName: setName, onParent: setParent }} />
      </Form>
      <Level group={group} />
      <Supervisors group={group} />
      <section className="acts">
        <Button variant="default" className="danger" onClick={() => setRemoving(true)}>
          {t("groups.remove")}
        </Button>
      </section>
      {removing && (
        <Confirm
          title={t("groups.removeTitle", { name: group.name })}
          text={t("groups.removeText")}
          submit={t("groups.removeIt")}
          sending={removal}
          onConfirm={() => removal.mutate(group)}
          onClose={() => setRemoving(false)}
        />
      )}
    </div>
  );
}

const INHERIT = "inherit";

function Level({ group }: { group: Tagged<GroupRecord> }) {
  const { t } = useTranslation();
  const tenant = useAsk(["policy"], policy);
  const sending = useTell(narrowGroup, { changes: [GROUPS] });
  const most = tenant.data?.tenant.evidence ?? "incident_only";
  const options = [
    { value: INHERIT, label: t(group.parent == null ? "groups.asTenant" : "groups.asAbove") },
    ...LEVELS.filter((level) => narrowerThan(level, most) || level === group.evidence).map(
      (level) => ({ value: level, label: t(`level.${level}`) }),
    ),
  ];
  return (
    <section className="part">
      <Select
        label={t("groups.level")}
        description={t("groups.levelHint", { level: t(`level.${most}`) })}
        value={group.evidence ?? INHERIT}
        options={options as { value: string; label: string }[]}
        disabled={sending.isPending}
        onPick={(value) =>
          sending.mutate({
            id: group.id,
            etag: group.etag,
            evidence: value === INHERIT ? null : (value as EvidenceLevel),
          })
        }
      />
      <Refusal problem={sending.error} onReload={sending.reload} />
    </section>
  );
}
