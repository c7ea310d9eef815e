// What the bell opens: the newest notices, and the way to all of them.

import { useTranslation } from "react-i18next";
import { Refusal } from "../console/kit/Refusal";
import { Link } from "../shell/Link";
import { NoticeList } from "./List";
import { useLatest, useReading } from "./reading";

export default function Panel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useLatest();
  const { read, readAll, failed } = useReading();
  const items = data?.items ?? [];
  return (
    <div className="notice-panel">
      <header>
        <h2>{t("notices.title")}</h2>
        {data && data.unread > 0 && (
          <button type="button" onClick={() => readAll(items)}>
            {t("notices.readAll")}
          </button>
        )}
      </header>
      {error && !data && <Refusal problem={error} onRetry={() => void refetch()} />}
      {failed && <Refusal problem={failed} />}
      {data && items.length === 0 && <p className="none sub">{t("notices.none")}</p>}
      {items.length > 0 && (
        <NoticeList label={t("notices.newest")} items={items} onRead={read} onGo={onClose} />
      )}
      <footer>
        <Link href="/own/notices" onClick={onClose}>
          {t("notices.all")}
        </Link>
        <Link href="/own" onClick={onClose}>
          {t("notices.choose")}
        </Link>
      </footer>
    </div>
  );
}
