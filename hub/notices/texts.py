"""The texts of notices, in Japanese and English: in the list, by mail and by push (pure)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.notices.events import (
    DeviceGap,
    DeviceOffline,
    HubGap,
    IncidentEscalated,
    IncidentOpened,
    MaintenanceAnnounced,
    More,
    Said,
    WebhookDisabled,
)
from hub.notifying import JAPAN, NoticeType
from hub.protocol.facts import IncidentKind

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Words:
    """A line, what is to be known beside it, and the page that it leads to."""

    title: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Told:
    """One notice on its way to one member, in that member's language.

    `tag` is the same for what replaces each other on a screen.
    """

    notice: int
    member: int
    title: str
    text: str
    path: str
    tag: str
    urgent: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads: in which language, what the subject is called, and whether that is themselves."""

    locale: str
    name: str = ""
    own: bool = False
    count: int = 1

    @property
    def english(self) -> bool:
        return self.locale == "en"

    def choose(self, japanese: str, english: str) -> str:
        return english if self.english else japanese


KINDS = {
    IncidentKind.IMPERSONATION: ("なりすまし", "impersonation"),
    IncidentKind.PHOTOGRAPHING_DEVICE: ("撮影機器", "photographing device"),
    IncidentKind.PEEPING: ("のぞき見", "peeping"),
    IncidentKind.CAMERA_COVERED: ("カメラ遮蔽", "camera covered"),
}

MANY = {
    NoticeType.INCIDENT_OPENED: (
        "インシデントがほかに{n}件発生しました", "{n} more incidents", "/incidents",
    ),
    NoticeType.INCIDENT_ESCALATED: (
        "未対応のインシデントがほかに{n}件あります", "{n} more incidents wait for an answer",
        "/incidents",
    ),
    NoticeType.DEVICE_OFFLINE: (
        "{n}人の端末と連絡がとれません", "The devices of {n} people are not heard", "/",
    ),
    NoticeType.DEVICE_GAP: (
        "{n}台の端末で画像が失われました", "{n} devices have lost images", "/",
    ),
    NoticeType.HUB_GAP: (
        "在席の記録がほかに{n}回途切れました", "Presence was not known {n} more times", "/",
    ),
    NoticeType.WEBHOOK_DISABLED: (
        "ほかに{n}件のWebhookを停止しました", "{n} more webhooks were disabled",
        "/settings/webhooks",
    ),
    NoticeType.MAINTENANCE: (
        "ほかに{n}件のメンテナンスがあります", "{n} more maintenance windows", "/",
    ),
}  # fmt: skip


def words(said: Said, to: Reading) -> Words:
    """What a notice says to whoever reads it."""
    write: Callable[[Said, Reading], Words] = _WRITERS[type(said)]
    return write(said, to)


def _opened(said: IncidentOpened, to: Reading) -> Words:
    kind = to.choose(*KINDS[said.kind])
    title = to.choose(f"インシデント: {kind}", f"Incident: {kind}")
    late = to.choose("。接続がなかった間のものです", ", from while it was not connected")
    tail = late if said.late else ""
    return Words(title, f"{_who(to)} · {moment(said.at)}{tail}", _incident(said.incident, to))


def _escalated(said: IncidentEscalated, to: Reading) -> Words:
    kind = to.choose(*KINDS[said.kind])
    title = to.choose(f"未対応のインシデント: {kind}", f"Nobody has answered: {kind}")
    if said.disputed_at:
        title = to.choose(f"未対応の申し立て: {kind}", f"Nobody has answered an objection: {kind}")
    text = f"{_who(to)} · {moment(said.disputed_at or said.at)}"
    return Words(title, text, _incident(said.incident, to))


def _offline(said: DeviceOffline, to: Reading) -> Words:
    title = to.choose("端末と連絡がとれません", "No device is heard")
    text = to.choose(
        f"{_who(to)} · {moment(said.at)} から、勤務中のまま切断しています",
        f"{_who(to)} · at work, and not heard since {moment(said.at)}",
    )
    return Words(title, text, _person(said.member, to, "/own/devices"))


def _gap(said: DeviceGap, to: Reading) -> Words:
    title = to.choose("端末で画像が失われました", "A device has lost images")
    text = to.choose(
        f"{_who(to)} · {span(said.since, said.until)}、"
        f"接続がなかった間の{said.count}枚を上書きしました",
        f"{_who(to)} · {said.count} of {span(said.since, said.until)} were overwritten"
        " while it was not connected",
    )
    return Words(title, text, "/own/evidence" if to.own else "/evidence")


def _hub_gap(said: HubGap, to: Reading) -> Words:
    title = to.choose("在席の記録が途切れました", "Presence was not known for a while")
    text = to.choose(
        f"{moment(said.at)} から復旧までは「不明」と記録しています。離席ではありません",
        f"From {moment(said.at)} until it came back, seats are recorded as unknown, not as away",
    )
    return Words(title, text, "/")


def _webhook(said: WebhookDisabled, to: Reading) -> Words:
    title = to.choose("Webhookを停止しました", "A webhook was disabled")
    gone = to.choose("受信側がなくなりました (410)", "the receiver is gone (410)")
    failing = to.choose("5日間届きませんでした", "nothing has arrived for five days")
    why = gone if said.why == "gone" else failing
    return Words(title, f"{said.host} · {why}", "/settings/webhooks")


def _maintenance(said: MaintenanceAnnounced, to: Reading) -> Words:
    title = to.choose(
        f"メンテナンス: {span(said.starts_at, said.ends_at)}",
        f"Maintenance: {span(said.starts_at, said.ends_at)}",
    )
    kept = to.choose(
        "その間は画面を開けません。端末は記録を続け、あとで送ります",
        "No page opens meanwhile; devices go on recording, and send it afterwards",
    )
    text = to.choose(said.text_ja, said.text_en)
    return Words(title, f"{text} · {kept}" if text else kept, "/")


def _more(said: More, to: Reading) -> Words:
    japanese, english, path = MANY[said.of]
    title = to.choose(japanese, english).format(n=to.count)
    text = to.choose(
        "続けて起きたので、まとめて知らせます", "Too many at a time to be told one by one"
    )
    return Words(title, text, path)


_WRITERS: dict[type, Callable[..., Words]] = {
    IncidentOpened: _opened,
    IncidentEscalated: _escalated,
    DeviceOffline: _offline,
    DeviceGap: _gap,
    HubGap: _hub_gap,
    WebhookDisabled: _webhook,
    MaintenanceAnnounced: _maintenance,
    More: _more,
}


def _who(to: Reading) -> str:
    return to.choose("あなた", "You") if to.own else to.name


def _incident(id: str, to: Reading) -> str:
    return "/today" if to.own else f"/incidents?incident={id}"


def _person(member: int, to: Reading, own: str) -> str:
    return own if to.own else f"/people?member={member}"


def moment(at: datetime) -> str:
    return f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M} (JST)"


def span(since: datetime, until: datetime) -> str:
    """From when to when, the day once where it is one."""
    begin, end = since.astimezone(JAPAN), until.astimezone(JAPAN)
    last = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{begin:%Y-%m-%d %H:%M}–{last} (JST)"
