"""The letters that the hub mails, in Japanese and English (pure)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


def reset(locale: str, name: str, tenant: str, login: str, link: str, until: datetime) -> Letter:
    """A link with which the reader sets another password."""
    if locale == "en":
        return Letter(
            "Set a new password for zaiseki",
            f"""\
Dear {name},

somebody, probably you, asked for a new password of {login} at {tenant}.
Open this address to choose one. It works once, until {_moment(until)}:

{link}

If it was not you, do nothing: your password stays as it is. If this happens
again, tell your administrator.
""",
        )
    return Letter(
        "在席: パスワードの再設定",
        f"""\
{name} 様

{tenant} のログイン名「{login}」について、パスワードの再設定が申し込まれました。
次のアドレスを開いて、新しいパスワードを決めてください。
使えるのは一度だけ、{_moment(until)} までです。

{link}

お心当たりがない場合は、何もする必要はありません。パスワードは変わりません。
何度も届く場合は、管理者にお知らせください。
""",
    )


def invitation(
    locale: str, name: str, tenant: str, login: str, link: str, until: datetime
) -> Letter:
    """A link with which a new member chooses a password."""
    if locale == "en":
        return Letter(
            f"{tenant} invites you to zaiseki",
            f"""\
Dear {name},

{tenant} has made an account for you. Your login is: {login}
Open this address to choose your password. It works once, until {_moment(until)}:

{link}
""",
        )
    return Letter(
        f"在席: {tenant} からの招待",
        f"""\
{name} 様

{tenant} があなたのアカウントを用意しました。ログイン名は「{login}」です。
次のアドレスを開いて、パスワードを決めてください。
使えるのは一度だけ、{_moment(until)} までです。

{link}
""",
    )


def new_place(
    locale: str, name: str, tenant: str, address: str, agent: str, at: datetime
) -> Letter:
    """Somebody signed in where this member never has."""
    if locale == "en":
        return Letter(
            "New sign-in to zaiseki",
            f"""\
Dear {name},

your account at {tenant} was used to sign in from a place that is new:

  when: {_moment(at)}
  address: {address}
  program: {agent or "-"}

If it was you, there is nothing to do. If not, change your password, end that
session on the page of your account, and tell your administrator.
""",
        )
    return Letter(
        "在席: 新しい環境からのサインイン",
        f"""\
{name} 様

{tenant} のあなたのアカウントに、これまでにない環境からサインインがありました。

  日時: {_moment(at)}
  アドレス: {address}
  プログラム: {agent or "-"}

ご本人であれば、何もする必要はありません。お心当たりがない場合は、パスワードを変更し、
アカウントの画面でそのサインインを終了して、管理者にお知らせください。
""",
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M} (JST)"
