// Something to type elsewhere, with a button that copies it.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useCopy } from "../console/kit/copy";

export function Copied({ text }: { text: string }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy(text);
  return (
    <div className="copied">
      <pre>{text}</pre>
      <Button variant="default" size="xs" onClick={copy}>
        {t(copied ? "reference.copied" : "reference.copy")}
      </Button>
    </div>
  );
}
