// All of one's notices, page by page, the newest first.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Answered } from "../console/kit/Answered";
import { usePages } from "../console/kit/ask";
import { Empty } from "../console/kit/Empty";
import { Refusal } from "../console/kit/Refusal";
import { Tick } from "../console/kit/Tick";
import { NOTICES, notices } from "./api";
import { NoticeList } from "./List";
import { useReading } from "./reading";

export default function Notices() {
  const { t } = useTranslation();
  const [unread, setUnread] = useState(false);
  const asked = usePages([...NOTICES, "all", unread ? 1 : 0], (cursor: string | null) =>
    notices(unread, cursor),
  );
  const { read, readAll, failed } = useReading();
  const { rows, first } = asked;
  return (
    <div className="block notice-page">
      <header>
        <Tick label={t("notices.onlyUnread")} checked={unread} onTick={setUnread} />
        <Button variant="default" disabled={!first?.unread || unread} onClick={() => readAll(rows)}>
          {t("notices.readAll")}
        </Button>
      </header>
      {failed && <Refusal problem={failed} />}
      <Answered asked={asked}>
        {() =>
          rows.length === 0 ? (
            <Empty title={t(unread ? "notices.noneUnread" : "notices.none")}>
              <p>{t("notices.noneHint")}</p>
            </Empty>
          ) : (
            <NoticeList label={t("notices.title")} items={rows} onRead={read} />
          )
        }
      </Answered>
      {asked.hasNextPage && (
        <Button variant="default" loading={asked.isFetchingNextPage} onClick={asked.onEnd}>
          {t("notices.more")}
        </Button>
      )}
    </div>
  );
}
