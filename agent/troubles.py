"""What is wrong at this PC, in the words of the person who sits there: Japanese and English."""

import logging

from msgspec import Struct

log = logging.getLogger(__name__)


class Trouble(Struct, frozen=True):
    """One line that says what is wrong and what to do; `str` of it is for terminal and log."""

    ja: str
    en: str

    def __str__(self) -> str:
        return self.en


class Troubles:
    """What is wrong at one agent at the moment; each is logged once while it lasts."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said: dict[str, Trouble] = {}

    @property
    def now(self) -> tuple[Trouble, ...]:
        return tuple(self._said.values())

    def ill(self, what: str, trouble: Trouble) -> None:
        if self._said.get(what) != trouble:
            self._said[what] = trouble
            log.warning("%s %s", self._name, trouble)

    def well(self, what: str) -> None:
        self._said.pop(what, None)

    def says(self, what: str, trouble: Trouble | None) -> None:
        """Whichever of the two it is by now."""
        if trouble:
            self.ill(what, trouble)
        else:
            self.well(what)


def no_hub(why: str) -> Trouble:
    """`why` is what the network or the hub said, in its own words."""
    kept = "記録はこのPCに残り、つながると送ります"
    return Trouble(f"ハブにつながりません。{kept}(詳細: {why})", why)


def reports_unkept(why: str) -> Trouble:
    return Trouble(
        f"ディスクに記録を書けません({why})。メモリーで待っています。空きを作ってください",
        f"the disk takes no reports ({why}); they wait in memory, free some",
    )


def images_unkept(why: str) -> Trouble:
    return Trouble(
        f"ディスクに画像を書けません({why})。空きを作ってください",
        f"the disk takes no images ({why}); free some",
    )


def policy_unkept(why: str) -> Trouble:
    return Trouble(
        f"会社の設定を次の起動のために保存できません({why})",
        f"the policy cannot be kept for the next start ({why})",
    )


def pause_unkept(why: str) -> Trouble:
    return Trouble(
        f"一時停止を次の起動のために保存できません({why})",
        f"the pause cannot be kept for the next start ({why})",
    )


def face_unkept(why: str) -> Trouble:
    return Trouble(f"顔の登録を保存できません({why})", why)


NO_VIRTUAL_CAMERA = Trouble(
    "仮想カメラがありません。`zaiseki[virtual-camera]` とそのドライバー(Windows と macOS は OBS、"
    "Linux は v4l2loopback)を入れてから、もう一度オンにしてください",
    "no virtual camera: install `zaiseki[virtual-camera]` and its driver (Windows and macOS: "
    "OBS; Linux: the module v4l2loopback), then turn it on again",
)
