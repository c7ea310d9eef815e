// The keys of an endpoint: the secret is told once; a public key may be read by everybody.

import { useTranslation } from "react-i18next";
import { Secret } from "../kit/Secret";

interface Told {
  readonly secret?: string | null;
  readonly public_key?: string | null;
}

export function Secrets({ told }: { told: Told }) {
  const { t } = useTranslation();
  return (
    <>
      {told.secret && <Secret label={t("webhooks.secret")} value={told.secret} />}
      {told.public_key && (
        <Secret label={t("webhooks.publicKey")} value={told.public_key} lasting />
      )}
      <p className="t1 sub">{t("webhooks.secretHint")}</p>
    </>
  );
}
