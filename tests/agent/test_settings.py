"""Settings and token of a state folder: kept for their owner, and wrong ones said in one line."""

import stat
from pathlib import Path

import pytest

from agent import settings
from agent.settings import SETTINGS_FILE, TOKEN_FILE, Settings, SettingsError
from agent.vision.judgement import Level


def test_without_a_file_everything_has_its_usual_value(tmp_path: Path) -> None:
    assert settings.load(tmp_path) == Settings()


def test_what_was_saved_comes_back_and_an_option_goes_before_it(tmp_path: Path) -> None:
    kept = Settings(hub="https://hub.example", source="clip.mp4", level=Level.HIGH, loop=True)
    settings.save(tmp_path, kept)

    assert settings.load(tmp_path) == kept
    assert settings.load(tmp_path, source="0", level=None).source == "0"
    assert settings.load(tmp_path, level="low").level is Level.LOW


def test_only_their_owner_may_read_settings_and_token(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    settings.save(folder, Settings())
    settings.save_token(folder, "secret")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("\xff", "is not JSON"),
        ("[]", "is not JSON"),
        ('{"hubb": "x"}', "unknown field `hubb`"),
        ('{"level": "highest"}', "level"),
        ('{"fps": 0.2}', "fps"),
        ('{"away_after_s": 5}', "away_after_s"),
        ('{"pace": 0}', "pace"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / SETTINGS_FILE).write_text(text, encoding="latin-1")

    with pytest.raises(SettingsError, match=says) as wrong:
        settings.load(tmp_path)
    assert SETTINGS_FILE in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_the_token_that_was_named_goes_before_all_others(tmp_path: Path) -> None:
    settings.save_token(tmp_path, "kept")
    named = tmp_path / "named"
    named.write_text("named\n")

    assert settings.token(tmp_path, named, "environment") == "named"
    assert settings.token(tmp_path, None, "environment") == "environment"
    assert settings.token(tmp_path, None, None) == "kept"


def test_a_missing_token_is_said_with_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="zaiseki agent pair URL"):
        settings.token(tmp_path, None, None)


@pytest.mark.parametrize("text", ["", "  \n", "two words", "一語", "x" * 600, "a\x07b"])
def test_what_can_be_no_token_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    (tmp_path / TOKEN_FILE).write_text(text)

    with pytest.raises(SettingsError) as wrong:
        settings.token(tmp_path, None, None)
    assert not text.strip() or text.strip() not in str(wrong.value)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SettingsError, match="cannot be written"):
        settings.save(tmp_path / "file", Settings())


def test_state_lies_where_the_system_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert settings.default_folder() == tmp_path / "zaiseki" / "agent"

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings.default_folder() == tmp_path / ".local" / "state" / "zaiseki" / "agent"
