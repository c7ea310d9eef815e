"""The mails of notices: one at once, or those of a day together (pure)."""

from collections.abc import Sequence

from hub.identity.letters import Letter
from hub.notices.texts import Words

IN_ONE_MAIL = 50  # who has more than this to read opens the list
HOW = "/own"  # where one chooses how to be told


def at_once(locale: str, name: str, tenant: str, said: Words, url: str) -> Letter:
    """One notice, with a link to what it is about and to how to change that it is mailed."""
    if locale == "en":
        return Letter(
            f"zaiseki: {said.title}",
            f"""\
Dear {name},

{tenant}:

  {said.title}
  {said.text}

Please look at it:

{url}{said.path}

{_english(url)}""",
        )
    return Letter(
        f"在席: {said.title}",
        f"""\
{name} 様

{tenant} からのお知らせです。

  {said.title}
  {said.text}

次のアドレスを開いて、確認をお願いします。

{url}{said.path}

{_japanese(url)}""",
    )


def digest(locale: str, name: str, tenant: str, said: Sequence[Words], url: str) -> Letter:
    """The mail of the day; the oldest first, and how many more there are."""
    lines = "\n".join(f"  - {one.title}\n    {one.text}\n" for one in said[:IN_ONE_MAIL])
    left = len(said) - IN_ONE_MAIL
    if locale == "en":
        more = f"  … and {left} more\n" if left > 0 else ""
        subject = "1 notice" if len(said) == 1 else f"{len(said)} notices"
        return Letter(
            f"zaiseki: {subject} of the day",
            f"""\
Dear {name},

what {tenant} has to tell you since the last mail of the day:

{lines}{more}
All of them are here:

{url}/own/notices

{_english(url)}""",
        )
    more = f"  … ほか{left}件\n" if left > 0 else ""
    return Letter(
        f"在席: 1日のまとめ ({len(said)}件)",
        f"""\
{name} 様

{tenant} から、前回のまとめのあとのお知らせです。

{lines}{more}
すべてのお知らせは、次のアドレスで見られます。

{url}/own/notices

{_japanese(url)}""",
    )


def _japanese(url: str) -> str:
    return f"""\
このメールを受け取るかどうかは、次の画面で変えられます。
{url}{HOW}
"""


def _english(url: str) -> str:
    return f"""\
Choose here which notices come by mail:
{url}{HOW}
"""
