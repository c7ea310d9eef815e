// One's own security: password, second factor, passkeys, and where one is signed in.

import { useTranslation } from "react-i18next";
import { account } from "../../api/console";
import { passkeysWork } from "../../api/passkeys";
import { Answered } from "../kit/Answered";
import { useAsk } from "../kit/ask";
import { Passkeys } from "./Passkeys";
import { Password } from "./Password";
import { Sessions } from "./Sessions";
import { Totp } from "./Totp";

export default function Security() {
  const { t } = useTranslation();
  const asked = useAsk(["account"], account);
  return (
    <div className="block two">
      <Answered asked={asked}>
        {(own) => (
          <div className="stack">
            <Totp own={own} />
            {passkeysWork() ? (
              <Passkeys own={own} />
            ) : (
              <p className="t1 sub">{t("passkeys.notHere")}</p>
            )}
            {own.password && <Password login={own.login} />}
          </div>
        )}
      </Answered>
      <Sessions />
    </div>
  );
}
