// What each role is for, how many have it, and who may do what to whom: as the hub decides it.

import { useTranslation } from "react-i18next";
import { roles as askRoles, members } from "../../api/console";
import type { Role } from "../../api/shapes";
import { Link } from "../../shell/Link";
import { Answered } from "../kit/Answered";
import { useAsk } from "../kit/ask";

const ROLES = [
  "contractor",
  "administrator",
  "supervisor",
  "auditor",
  "worker",
] as const satisfies readonly Role[];

export default function Roles() {
  const { t } = useTranslation();
  const asked = useAsk(["roles"], askRoles);
  return (
    <>
      <p className="lead">{t("roles.lead")}</p>
      <dl className="roles">
        {ROLES.map((role) => (
          <div key={role}>
            <dt>
              {t(`role.${role}`)} <Count role={role} />
            </dt>
            <dd className="t1 sub">{t(`roleHint.${role}`)}</dd>
          </div>
        ))}
      </dl>
      <Answered asked={asked}>
        {({ items }) => (
          <div className="sheet matrix">
            <table aria-label={t("roles.matrix")}>
              <thead>
                <tr>
                  <th scope="col">{t("roles.action")}</th>
                  {ROLES.map((role) => (
                    <th key={role} scope="col">
                      {t(`role.${role}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {items
                  .filter(({ rights }) => rights.some(({ role }) => role !== "operator"))
                  .map(({ action, rights }) => (
                    <tr key={action}>
                      <th scope="row">{t(`roles.actions.${action}`)}</th>
                      {ROLES.map((role) => (
                        <td key={role} className="t1">
                          {rights
                            .find((one) => one.role === role)
                            ?.whom.map((whom) => t(`roles.whom.${whom}`))
                            .join(t("roles.and")) ?? <span className="sub">–</span>}
                        </td>
                      ))}
                    </tr>
                  ))}
              </tbody>
            </table>
          </div>
        )}
      </Answered>
    </>
  );
}

/** How many people have it, and the way to them. */
function Count({ role }: { role: Role }) {
  const { t } = useTranslation();
  const { data } = useAsk(["members", "of role", role], () =>
    members({ q: "", role, group: "", state: "active" }, null),
  );
  if (!data) return null;
  return (
    <Link className="num" href={`/members?role=${role}`}>
      {t("roles.people", { count: data.total })}
    </Link>
  );
}
