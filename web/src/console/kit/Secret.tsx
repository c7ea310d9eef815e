// Something to read and to copy; what is secret is told once, and then gone.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useCopy } from "./copy";

export interface SecretProps {
  readonly label: string;
  readonly value: string;
  /** It can be read again later. */
  readonly lasting?: boolean;
}

export function Secret({ label, value, lasting = false }: SecretProps) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy(value);
  return (
    <div className="secret">
      <span className="t1 sub">{label}</span>
      <output aria-label={label}>{value}</output>
      <Button variant="default" size="xs" onClick={copy}>
        {copied ? t("kit.copied") : t("kit.copy")}
      </Button>
      {!lasting && <p className="t1 sub">{t("kit.once")}</p>}
    </div>
  );
}
