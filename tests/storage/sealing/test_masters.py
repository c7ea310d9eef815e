"""Wherever master keys are kept, they wrap for one tenant's key only, and change while in use."""

from collections.abc import Callable
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from storage.sealing.hsm import TokenMasters
from storage.sealing.masters import FileMasters, GivenMasters, MasterProblem, Masters, NoMaster
from tests.keys import MASTER
from tests.tokens import MODULE

PLAIN, BOUND = b"k" * 32, b"tenant 1, key 1"
Open = Callable[[], Masters]


@pytest.fixture(params=["file", "token"])
def open_masters(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same keys as often as a process starts."""
    if request.param == "file":
        return lambda: FileMasters(tmp_path / "master.key")
    uri: str = request.getfixturevalue("token_uri")
    return lambda: TokenMasters(uri)


def test_what_one_process_wraps_another_unwraps_and_only_for_the_same(open_masters: Open) -> None:
    here, there = open_masters(), open_masters()
    name = here.make()
    wrapped = here.wrap(name, PLAIN, BOUND)

    assert there.unwrap(name, wrapped, BOUND) == PLAIN
    assert PLAIN not in wrapped and here.wrap(name, PLAIN, BOUND) != wrapped
    for changed, bound in ((wrapped, b"tenant 2, key 1"), (wrapped[:-1] + b"x", BOUND), (b"", b"")):
        with pytest.raises(MasterProblem, match="damaged"):
            there.unwrap(name, changed, bound)


def test_a_new_key_comes_first_and_the_older_goes_on_until_it_is_dropped(
    open_masters: Open,
) -> None:
    here, there = open_masters(), open_masters()
    older = here.make()
    wrapped = there.wrap(older, PLAIN, BOUND)
    newer = here.make()

    assert here.names() == there.names() == [newer, older]
    assert there.unwrap(newer, here.wrap(newer, PLAIN, BOUND), BOUND) == PLAIN
    assert here.unwrap(older, wrapped, BOUND) == PLAIN
    here.drop(older)
    assert open_masters().names() == [newer]
    with pytest.raises(NoMaster, match=older):
        open_masters().unwrap(older, wrapped, BOUND)
    with pytest.raises(NoMaster):
        here.drop(older)


def test_the_file_is_for_its_owner_alone_and_tells_people_what_it_is(tmp_path: Path) -> None:
    FileMasters(tmp_path / "new" / "master.key").make()

    file = tmp_path / "new" / "master.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Keep a copy elsewhere" in file.read_text()


@pytest.mark.parametrize("wrong", ["", "abc", "kkkk\n", MASTER[:-4], MASTER + "\nx"])
def test_keys_that_are_none_are_refused_and_not_shown(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(wrong)

    if wrong:
        with pytest.raises(MasterProblem, match="openssl rand -base64 32") as refused:
            FileMasters(file).names()
        assert MASTER[:8] not in str(refused.value)
    with pytest.raises(MasterProblem, match="ZAISEKI_MASTER_KEY"):
        GivenMasters(wrong.replace("\n", ","))


def test_keys_from_the_environment_are_changed_by_whoever_gives_them() -> None:
    given = GivenMasters(f"{MASTER}, {'A' * 43}=")

    assert len(given.names()) == 2
    with pytest.raises(MasterProblem, match="put the new master key first"):
        given.make()
    with pytest.raises(MasterProblem, match="take the master key"):
        given.drop(given.names()[1])


def test_a_key_never_leaves_its_token(token_uri: str) -> None:
    name = TokenMasters(token_uri).make()

    token = pkcs11.lib(MODULE).get_token(token_label=label_of(token_uri))
    key = token.open().get_key(object_class=ObjectClass.SECRET_KEY, id=bytes.fromhex(name))
    assert key[Attribute.EXTRACTABLE] is False
    with pytest.raises(pkcs11.AttributeSensitive):
        key[Attribute.VALUE]


def label_of(uri: str) -> str:
    return uri.removeprefix("pkcs11:token=").partition("?")[0]


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("pkcs11:token=zaiseki", "names no token"),
        ("https://hsm.example", "names no token"),
        ("pkcs11:token=zaiseki?module-path=/nowhere.so&pin-value=1", "does not work"),
        ("pkcs11:token=zaiseki?module-path=/nowhere.so&pin-source=/nowhere", "has no PIN"),
    ],
)
def test_a_token_that_is_not_there_says_what_to_write(uri: str, says: str) -> None:
    with pytest.raises(MasterProblem, match=says):
        TokenMasters(uri).names()


def test_a_wrong_pin_and_an_unknown_token_are_told_apart(token_uri: str) -> None:
    start = token_uri.partition("pin-")[0]

    with pytest.raises(MasterProblem, match="refuses the PIN"):
        TokenMasters(start + "pin-value=999999").names()
    with pytest.raises(MasterProblem, match="No token"):
        TokenMasters(token_uri.replace("token=", "token=other-")).names()
