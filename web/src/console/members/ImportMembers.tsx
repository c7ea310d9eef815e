// Members from a CSV file: tried first, every bad row named, and only then taken in.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { importMembers, inviteMember, membersCsv } from "../../api/console";
import type { Import } from "../../api/shapes";
import { useTell } from "../kit/ask";
import { Dialog, Form } from "../kit/Dialog";
import { Refusal } from "../kit/Refusal";
import { INVITATIONS } from "./links";

export function ImportMembers({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const trying = useTell(importMembers);
  const taking = useTell(importMembers, { changes: [["members"], ["groups"]] });
  const tried = trying.data;
  const choose = (chosen: File | null) => {
    setFile(chosen);
    trying.reset();
    if (chosen) trying.mutate({ file: chosen, dry: true });
  };
  if (taking.data)
    return (
      <Dialog title={t("import.title")} onClose={onClose}>
        <p role="status">{t("import.done", { ...taking.data })}</p>
        <InviteNew members={taking.data.new} />
        <footer className="buttons">
          <Button data-autofocus onClick={onClose}>
            {t("live.close")}
          </Button>
        </footer>
      </Dialog>
    );
  const ready = tried !== undefined && tried.bad.length === 0;
  const count = tried ? tried.created + tried.changed : 0;
  return (
    <Dialog title={t("import.title")} onClose={onClose} size={640}>
      <Form
        sending={taking}
        submit={ready ? t("import.submit", { count }) : t("import.wait")}
        ready={ready && file !== null && count > 0}
        onSubmit={() => file && taking.mutate({ file, dry: false })}
        onCancel={onClose}
      >
        <p>{t("import.lead")}</p>
        <p>
          <a href={membersCsv("utf-8")} download>
            {t("import.template")}
          </a>
        </p>
        <label className="file">
          <span className="file-label">{t("import.file")}</span>
          <input
            type="file"
            accept=".csv,text/csv"
            data-autofocus
            onChange={(event) => choose(event.currentTarget.files?.[0] ?? null)}
          />
        </label>
        {trying.isPending && <p role="status">{t("import.trying")}</p>}
        <Refusal problem={trying.error} />
        {tried && <Tried tried={tried} />}
      </Form>
    </Dialog>
  );
}

/** One after the other: nobody waits for a thousand mails, and the hub is not stormed. */
function InviteNew({ members }: { members: readonly number[] }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(0);
  const sending = useTell(
    async (all: readonly number[]) => {
      let mailed = 0;
      for (const [at, member] of all.entries()) {
        if ((await inviteMember(member)).mailed) mailed += 1;
        setDone(at + 1);
      }
      return mailed;
    },
    { changes: [INVITATIONS] },
  );
  const count = members.length;
  if (count === 0) return null;
  if (sending.isSuccess)
    return <p role="status">{t("import.invited", { mailed: sending.data })}</p>;
  return (
    <>
      <Refusal problem={sending.error} />
      {sending.isPending ? (
        <p role="status">{t("import.inviting", { done, count })}</p>
      ) : (
        <Button variant="default" onClick={() => sending.mutate(members)}>
          {t("import.invite", { count })}
        </Button>
      )}
    </>
  );
}

function Tried({ tried }: { tried: Import }) {
  const { t } = useTranslation();
  return (
    <div className="tried">
      <p role="status">
        {tried.bad.length > 0
          ? t("import.bad", { count: tried.bad.length })
          : t("import.good", { ...tried })}
      </p>
      {tried.bad.length > 0 && (
        <div className="scrolls">
          <table>
            <thead>
              <tr>
                <th className="r">{t("import.line")}</th>
                <th>{t("import.column")}</th>
                <th>{t("import.detail")}</th>
              </tr>
            </thead>
            <tbody>
              {tried.bad.map(({ line, column, detail }) => (
                <tr key={`${line} ${column} ${detail}`}>
                  <td className="num r">{line}</td>
                  <td>{t(`import.columns.${column}`, { defaultValue: column })}</td>
                  <td className="wraps">{detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
