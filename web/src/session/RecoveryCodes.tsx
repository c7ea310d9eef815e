// The codes for a lost phone: told once, each works once.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import "../styles/factor.css";

export interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

export function RecoveryCodes({ codes, onKept }: RecoveryCodesProps) {
  const { t } = useTranslation();
  return (
    <div className="recovery">
      <p>{t("totp.recoveryHint")}</p>
      <ol aria-label={t("totp.recovery")}>
        {codes.map((code) => (
          <li key={code} className="code num">
            {code}
          </li>
        ))}
      </ol>
      <Button data-autofocus onClick={onKept}>
        {t("totp.kept")}
      </Button>
    </div>
  );
}
