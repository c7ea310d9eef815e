"""Tables as CSV files: whatever people typed into a cell, no spreadsheet takes it for a formula.

Every export of the hub is written here, and every import read: RFC 4180, in UTF-8 with a byte
order mark (without one, Excel takes UTF-8 for the machine's old encoding) or in Shift_JIS.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain
from urllib.parse import quote

from starlette.responses import Response

Cell = str | int | float | None

MEDIA_TYPE = "text/csv"
BOM = b"\xef\xbb\xbf"

# OWASP "CSV Injection": what begins a formula, in full width too (Japanese Excel), after blanks.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_ESCAPED = re.compile(rf"'(?='*(?:{_FORMULA.pattern}))")
_QUOTE = "'"
# Unicode has these twice, and Windows' Shift_JIS only the other one.
_TWINS = str.maketrans("〜−‖—¢£¬¥", "～－∥―￠￡￢￥")
_UNKNOWN = "〓"  # what Japanese print shows for a letter that is not there


class Encoding(StrEnum):
    """How the letters of a file are written; `shift_jis` is Windows-31J, for older programs."""

    UTF8 = "utf-8"
    SHIFT_JIS = "shift_jis"


class Unreadable(Exception):
    """Bytes that are no CSV in either encoding; the message is the line, counted from 1."""


class Download(Response):
    """A table as a file; an operation that answers it is described as text/csv."""

    def __init__(
        self,
        name: str,
        head: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        encoding: Encoding = Encoding.UTF8,
    ) -> None:
        """`name` is the file's, with its ending, and may be Japanese (RFC 6266, RFC 8187)."""
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        media = f"{MEDIA_TYPE}; charset={encoding.value}; header=present"
        super().__init__(b"".join(lines(head, rows, encoding)), headers=headers, media_type=media)


def lines(
    head: Sequence[str], rows: Iterable[Sequence[Cell]], encoding: Encoding = Encoding.UTF8
) -> Iterator[bytes]:
    """The file, a line at a time; numbers stay numbers, text is quoted and never a formula."""
    if encoding is Encoding.UTF8:
        yield BOM
    for row in chain([head], rows):
        written = io.StringIO()
        csv.writer(written, quoting=csv.QUOTE_NONNUMERIC).writerow(
            [_safe(_known(cell, encoding)) if isinstance(cell, str) else cell for cell in row]
        )
        yield written.getvalue().encode(_codec(encoding))


def read(data: bytes) -> list[list[str]]:
    """The lines of a file in either encoding, without empty ones; undoes what `lines` escapes."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append([cell[1:] if _ESCAPED.match(cell) else cell for cell in row])
    except csv.Error:
        raise Unreadable(str(reader.line_num)) from None
    return found


def _safe(text: str) -> str:
    """A quote in front makes it text in every spreadsheet; before another one, nothing is lost."""
    plain = text.replace("\0", "")
    return _QUOTE + plain if _FORMULA.match(plain.lstrip(_QUOTE)) else plain


def _known(text: str, encoding: Encoding) -> str:
    if encoding is Encoding.UTF8:
        return text.encode(errors="replace").decode()
    return "".join(map(_in_shift_jis, text.translate(_TWINS)))


def _in_shift_jis(letter: str) -> str:
    try:
        letter.encode("cp932")
    except UnicodeEncodeError:
        return _UNKNOWN
    return letter


def _codec(encoding: Encoding) -> str:
    return "cp932" if encoding is Encoding.SHIFT_JIS else "utf-8"


def _decoded(data: bytes) -> str:
    for codec in ("utf-8-sig", "cp932"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError as wrong:
            line = data.count(b"\n", 0, wrong.start) + 1
    raise Unreadable(str(line))
