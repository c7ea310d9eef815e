"""What a spreadsheet makes of our files, and what we make of theirs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.http.csv import BOM, Download, Encoding, Unreadable, lines, read

FORMULAS = [
    "=1+1", "+81", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000＝1", "＋1", "－1",
    "＠x", "=cmd|' /C calc'!A0", "'=1+1", "''=1",
]  # fmt: skip
LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JAPANESE = st.text("あいう漢字ｱｲｳABC,\"'\n =-髙﨑①～－", min_size=1)


def cells(data: bytes, codec: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(codec), newline="")))


@pytest.mark.requirement("R65")
@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("encoding", Encoding)
def test_what_somebody_typed_never_becomes_a_formula(text: str, encoding: Encoding) -> None:
    data = b"".join(lines(["メモ"], [[text]], encoding))

    codec = "utf-8-sig" if encoding is Encoding.UTF8 else "cp932"
    assert cells(data, codec)[1][0].startswith("'")


@pytest.mark.requirement("R65")
@given(st.lists(st.lists(LETTERS.filter(str.strip), min_size=1), min_size=1))
def test_what_was_written_is_read_again(rows: list[list[str]]) -> None:
    assert read(b"".join(lines(["a"], rows)))[1:] == rows


@given(JAPANESE.filter(str.strip))
def test_shift_jis_keeps_the_letters_that_it_has(text: str) -> None:
    assert read(b"".join(lines(["列"], [[text]], Encoding.SHIFT_JIS)))[1] == [text]


def test_shift_jis_shows_where_it_has_no_letter() -> None:
    data = b"".join(lines(["名前"], [["𠮷野 〜 −5 ¥"]], Encoding.SHIFT_JIS))

    assert cells(data, "cp932")[1] == ["〓野 ～ －5 ￥"]


def test_a_minus_that_shift_jis_writes_otherwise_is_no_formula_either() -> None:
    assert cells(b"".join(lines(["a"], [["−5"]], Encoding.SHIFT_JIS)), "cp932")[1] == ["'－5"]


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    data = b"".join(lines(["x"], [[-5, 1.5, None, "5"]]))

    assert data == BOM + b'"x"\r\n-5,1.5,"","5"\r\n'


def test_a_file_is_told_by_its_name_even_in_japanese() -> None:
    answer = Download('勤務"表\r\n.csv', ["x"], [], Encoding.SHIFT_JIS)

    assert answer.headers["content-type"] == "text/csv; charset=shift_jis; header=present"
    told = answer.headers["content-disposition"]
    assert told == ("attachment; filename*=UTF-8''%E5%8B%A4%E5%8B%99%22%E8%A1%A8%0D%0A.csv")


@pytest.mark.parametrize(
    ("data", "line"),
    [(b'a\n"b', "2"), (b"a\nb\n\x81 ", "3"), (b'a\n"b"c\n', "2")],
)
def test_what_is_no_csv_is_told_by_its_line(data: bytes, line: str) -> None:
    with pytest.raises(Unreadable, match=f"^{line}$"):
        read(data)
