"""The words on the terminal, one table for each language."""

from collections.abc import Mapping

from console_tui.words.en import EN
from console_tui.words.ja import JA

LANGUAGES: Mapping[str, Mapping[str, str]] = {"ja": JA, "en": EN}


# For terminals that draw characters of ambiguous width (UAX #11) two cells wide.
_PLAIN = str.maketrans({"…": "...", "·": "/", "—": "-", "×": "x"})


class Words:
    """`words("age.minutes", n=3)`; a language that is not there is Japanese."""

    def __init__(self, language: str, ascii_only: bool = False) -> None:
        self.language = language if language in LANGUAGES else "ja"
        self._ascii_only = ascii_only
        self._table = LANGUAGES[self.language]

    def __call__(self, key: str, **values: object) -> str:
        text = self._table[key]
        return (text.translate(_PLAIN) if self._ascii_only else text).format(**values)
