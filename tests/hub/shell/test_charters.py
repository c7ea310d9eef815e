"""`zaiseki charter`: a tenant's charter, published and listed from a shell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub import cli
from tests.e2e.installation import CHARTER

pytestmark = pytest.mark.requirement("R57", "R70")

Shell = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Runs one command line: its exit code, and the lines that it printed on both streams."""
    monkeypatch.setenv("ZAISEKI_STATE", str(tmp_path))

    def run(*words: str) -> tuple[int, list[str]]:
        monkeypatch.setattr("sys.argv", ["zaiseki", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, (printed.out + printed.err).splitlines()

    assert run("tenant", "add", "株式会社A")[0] == 0
    return run


def test_a_charter_is_published_and_a_later_one_takes_thirty_days_or_a_reason(
    shell: Shell,
) -> None:
    assert "nothing is captured" in shell("charter", "show")[1][-1]
    assert shell("charter", "publish", *CHARTER)[0] == 0
    assert shell("charter", "publish", *CHARTER)[0] == 0
    assert shell("charter", "publish", *CHARTER, "--hurry", "法令の改正")[0] == 0

    _, lines = shell("charter", "show")
    assert [line.split("\t")[:2] for line in lines] == [
        ["3", "in force"], ["2", "to come"], ["1", "in force"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--audit-on", "soon", "is no date"), ("--rules", " ", "says nothing")],
)
def test_what_is_wrong_is_one_line(shell: Shell, option: str, value: str, says: str) -> None:
    words = list(CHARTER)
    words[words.index(option) + 1] = value
    code, lines = shell("charter", "publish", *words)

    assert code == 1
    assert says in lines[-1]
