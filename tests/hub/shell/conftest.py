"""Command lines as somebody types them, on the embedded database."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub import cli

Shell = Callable[..., tuple[int, str]]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Runs one command line: its exit code, and what it printed on both streams."""
    monkeypatch.setenv("ZAISEKI_STATE", str(tmp_path))
    monkeypatch.setenv("ZAISEKI_WEBHOOK_ALLOW", "127.0.0.0/8")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["zaiseki", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out + printed.err

    return run


@pytest.fixture
def company(shell: Shell) -> str:
    """The system ID of the only tenant there is."""
    code, printed = shell("tenant", "add", "株式会社A")
    assert code == 0
    return printed.split()[0]
