"""The terms of the agent: no camera is opened before the person at this PC has accepted them."""

from pathlib import Path

import msgspec

from agent.settings import write_private
from hub.protocol.enrolling import ConsentGiven, ConsentKind

FILE = "consent.json"
VERSION = "1"  # of the text below: a changed text is another version, and asked about anew

TERMS = {
    "ja": (
        "このエージェントは、勤務中にこのPCのカメラの画像を見て、席にいるかどうかを判定します。"
        "判定はこのPCの中で行います。",
        "顔の特徴(数値)を登録し、本人かどうかの照合に使います。特徴は個人識別符号にあたる"
        "個人情報です。特徴から写真を作り直すことはしません。",
        "会社が定めた証跡レベルに応じて、カメラと画面の画像を会社のサーバーへ送ることがあります。"
        "いまのレベルと送った量は、この画面にいつも表示されます。",
        "カメラには周りの人が映ることがあります。定期の画像では、本人以外の顔をこのPCでぼかします。",
        "画像を見た人と目的は記録され、本人が確認できます。ライブで見るには、そのつど本人の承諾が"
        "必要です。",
        "いつでも一時停止できます。同意はこの画面でいつでも撤回でき、撤回すると撮影は止まります。"
        "保存された画像の期限と削除は、会社の定めによります。",
    ),
    "en": (
        "While you work, this agent looks through this PC's camera and decides whether you are at "
        "your seat. It decides on this PC.",
        "Features of your face (numbers) are enrolled and compared to tell whether it is you. They "
        "are personal data that identify you. They are not used to make pictures of you.",
        "Depending on the evidence level that your organisation chose, images of camera and screen "
        "may be sent to its server. This page always shows the level and what was sent.",
        "People around you may be in the picture. On periodic images, the faces of others are "
        "blurred on this PC.",
        "Who looked at your images, and what for, is recorded for you to see. Nobody looks live "
        "unless you allow it that time.",
        "You can pause at any time. You can withdraw this consent on this page at any time, and "
        "capturing then stops. How long images are kept is your organisation's rule.",
    ),
}


class Consent(msgspec.Struct, frozen=True):
    """What was accepted last and when (s since 1970), and what the hub has not been told yet."""

    accepted: str | None = None
    at: float = 0.0
    untold: tuple[ConsentGiven, ...] = ()

    @property
    def holds(self) -> bool:
        """Only for the text as it is now."""
        return self.accepted == VERSION


def load(folder: Path) -> Consent:
    """What cannot be read was not accepted."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Consent)
    except (OSError, msgspec.DecodeError):
        return Consent()


def accept(
    folder: Path, clock: float, charter: int | None = None, *, again: bool = False
) -> Consent:
    """Once is enough, unless the hub asks `again`, as for a new version of the charter.

    `charter` is the version that stood beside the terms. Raise SettingsError when the disk does
    not take it.
    """
    before = load(folder)
    if before.holds and not again:
        return before
    given = ConsentGiven(VERSION, ConsentKind.ACCEPTED, clock, charter)
    return _keep(folder, Consent(VERSION, clock, (*before.untold, given)))


def withdraw(folder: Path, clock: float) -> Consent:
    before = load(folder)
    if before.accepted is None:
        return before
    given = ConsentGiven(before.accepted, ConsentKind.WITHDRAWN, clock)
    return _keep(folder, Consent(None, clock, (*before.untold, given)))


def told(folder: Path, given: ConsentGiven) -> None:
    """The hub has recorded it."""
    kept = load(folder)
    left = tuple(one for one in kept.untold if one != given)
    _keep(folder, msgspec.structs.replace(kept, untold=left))


def _keep(folder: Path, consent: Consent) -> Consent:
    write_private(folder / FILE, msgspec.json.encode(consent))
    return consent
