// Setting up an authenticator app: the picture to scan, the secret to type, the first code.

import { useTranslation } from "react-i18next";
import type { NewTotp } from "../api/shapes";
import { CodeInput } from "./CodeInput";
import "../styles/factor.css";

export interface TotpSetUpProps {
  readonly totp: NewTotp;
  readonly code: string;
  readonly onCode: (code: string) => void;
}

export function TotpSetUp({ totp, code, onCode }: TotpSetUpProps) {
  const { t } = useTranslation();
  return (
    <div className="totp">
      <p>{t("totp.scan")}</p>
      <img
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone(totp.qr))}`}
        alt={t("totp.picture")}
        width={176}
        height={176}
      />
      <p className="t1 sub">
        {t("totp.type")} <output className="code">{spaced(totp.secret)}</output>
      </p>
      <CodeInput code={code} onCode={onCode} label={t("totp.first")} />
    </div>
  );
}

const SVG = 'xmlns="http://www.w3.org/2000/svg"';

/** Markup made for a page, as the picture of its own that an image needs. */
const alone = (svg: string): string =>
  svg.includes("xmlns=") ? svg : svg.replace("<svg", `<svg ${SVG}`);

const FOUR = /(.{4})(?=.)/g;

/** In fours, as people copy it. */
export const spaced = (secret: string): string => secret.replaceAll(FOUR, "$1 ");
