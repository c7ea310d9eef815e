// Something that is told once: to read, to copy, and then gone.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export function Secret({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard?.writeText(value).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className="secret">
      <span className="t1 sub">{label}</span>
      <output aria-label={label}>{value}</output>
      <Button variant="default" size="xs" onClick={copy}>
        {copied ? t("kit.copied") : t("kit.copy")}
      </Button>
      <p className="t1 sub">{t("kit.once")}</p>
    </div>
  );
}
