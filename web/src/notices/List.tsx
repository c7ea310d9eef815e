// Notices as a list: what happened, when, and the page that shows it. What is not read is bold.

import { useTranslation } from "react-i18next";
import { Glyph } from "../board/Glyph";
import type { Tone } from "../board/label";
import { useMoment } from "../console/kit/when";
import { Link } from "../shell/Link";
import type { Notice, NoticeType } from "./api";

/** Shape says what it is like; the title says what it is. */
const TONES: Readonly<Record<NoticeType, Tone>> = {
  incident_opened: "incident",
  incident_escalated: "incident",
  device_offline: "offline",
  device_gap: "unknown",
  hub_gap: "unknown",
  webhook_disabled: "paused",
  maintenance: "paused",
};

export interface NoticeListProps {
  readonly label: string;
  readonly items: readonly Notice[];
  readonly onRead: (notice: Notice) => void;
  /** One was followed to its page. */
  readonly onGo?: () => void;
}

export function NoticeList({ label, items, onRead, onGo }: NoticeListProps) {
  return (
    <ul className="notices" aria-label={label}>
      {items.map((notice) => (
        <Row key={notice.id} notice={notice} onRead={onRead} onGo={onGo} />
      ))}
    </ul>
  );
}

interface RowProps extends Pick<NoticeListProps, "onRead"> {
  readonly notice: Notice;
  readonly onGo: (() => void) | undefined;
}

function Row({ notice, onRead, onGo }: RowProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const { title, text, path, type, at, read } = notice;
  const follow = () => {
    if (!read) onRead(notice);
    onGo?.();
  };
  return (
    <li data-unread={read ? undefined : ""} data-s={TONES[type]}>
      <Link href={path} onClick={follow}>
        <Glyph tone={TONES[type]} />
        <span className="what">
          <span className="title">
            {!read && <span className="unseen">{t("notices.new")} </span>}
            {title}
          </span>
          <span className="sub t1">{text}</span>
          <time className="sub t1 num" dateTime={new Date(at * 1000).toISOString()}>
            {moment(at)}
          </time>
        </span>
      </Link>
      {!read && (
        <button type="button" className="done" onClick={() => onRead(notice)}>
          {t("notices.read")}
          <span className="unseen"> {title}</span>
        </button>
      )}
    </li>
  );
}
