// Whose work is in this installation, and on which terms.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { licenses, licenseText } from "../../api/console";
import type { Part } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useAsk } from "../kit/ask";
import { Panel } from "../kit/Panel";
import { type Column, Sheet } from "../kit/Sheet";
import { found } from "../kit/sorting";
import { Tools } from "../kit/Tools";

export default function Licenses() {
  const { t } = useTranslation();
  const asked = useAsk(["licenses"], licenses);
  const [text, setText] = useState("");
  const [open, setOpen] = useState<Part | null>(null);
  const columns: Column<Part>[] = [
    {
      name: "name",
      head: t("licenses.name"),
      cell: ({ name }) => <span title={name}>{name}</span>,
      sort: ({ name }) => name,
    },
    {
      name: "version",
      head: t("licenses.version"),
      width: 120,
      phone: 72,
      cell: ({ version }) => version,
    },
    {
      name: "kind",
      head: t("licenses.kind"),
      width: 120,
      wide: true,
      cell: ({ kind }) => t(`licenses.kinds.${kind}`),
      sort: ({ kind }) => kind,
    },
    {
      name: "licence",
      head: t("licenses.licence"),
      width: 320,
      phone: 120,
      cell: ({ licence }) => (
        <span className="cut" title={licence}>
          {licence}
        </span>
      ),
      sort: ({ licence }) => licence,
    },
  ];
  return (
    <>
      <Tools find={{ text, onText: setText }} placeholder={t("licenses.find")} />
      <Answered asked={asked}>
        {({ parts, bundle }) => (
          <>
            {bundle && (
              <p className="lead" lang="en">
                {bundle}
              </p>
            )}
            <Sheet
              label={t("page./licenses")}
              columns={columns}
              rows={found(parts, text, ({ name, licence }) => [name, licence])}
              id={({ kind, name, version }) => `${kind} ${name} ${version}`}
              onOpen={setOpen}
            />
          </>
        )}
      </Answered>
      <Panel
        opened={open !== null}
        title={open?.name ?? ""}
        sub={open?.version}
        onClose={() => setOpen(null)}
      >
        {open && <Terms part={open} />}
      </Panel>
    </>
  );
}

function Terms({ part }: { part: Part }) {
  const { kind, name } = part;
  const asked = useAsk(["licenses", kind, name], () => licenseText({ kind, name }));
  return (
    <div className="body">
      <p>
        <b>{part.licence}</b>
      </p>
      {part.note && (
        <p className="sub" lang="en">
          {part.note}
        </p>
      )}
      <Answered asked={asked}>
        {({ text }) =>
          text && (
            <pre className="t1" lang="en">
              {text}
            </pre>
          )
        }
      </Answered>
    </div>
  );
}
