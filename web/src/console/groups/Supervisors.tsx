// Who supervises a group and all below it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members, superviseGroup } from "../../api/console";
import type { Tagged } from "../../api/http";
import type { GroupRecord } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { GROUPS } from "./paths";

const SUPERVISORS = { q: "", role: "supervisor", group: "", state: "active" } as const;

export function Supervisors({ group }: { group: Tagged<GroupRecord> }) {
  const { t } = useTranslation();
  const asked = useAsk(["members", "supervisors"], () => members(SUPERVISORS, null));
  const given = group.supervisors ?? [];
  const [picked, setPicked] = useState<readonly number[]>(given);
  const sending = useTell(superviseGroup, { changes: [GROUPS, ["members"]] });
  const changed = [...picked].sort().join() !== [...given].sort().join();
  const toggle = (id: number, on: boolean) =>
    setPicked((old) => (on ? [...old, id] : old.filter((one) => one !== id)));
  return (
    <section className="part">
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="t1 sub">{t("groups.noSupervisors")}</p>
          ) : (
            <Form
              sending={sending}
              submit={t("kit.save")}
              ready={changed}
              onSubmit={() => sending.mutate({ id: group.id, members: picked, etag: group.etag })}
            >
              <fieldset className="picks">
                <legend>{t("groups.supervisedBy")}</legend>
                <div>
                  {items.map(({ id, name }) => (
                    <label key={id}>
                      <input
                        type="checkbox"
                        checked={picked.includes(id)}
                        onChange={(event) => toggle(id, event.currentTarget.checked)}
                      />
                      <span className="cut">{name}</span>
                    </label>
                  ))}
                </div>
              </fieldset>
            </Form>
          )
        }
      </Answered>
    </section>
  );
}
