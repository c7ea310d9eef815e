"""Whatever the vault is, it keeps bytes under names, and forgets them for good."""

from pathlib import Path

import pytest
from obstore.store import MemoryStore

from storage.errors import Missing
from storage.images.vault import FOLDER, FileVault, ObjectVault, Vault, VaultFailed, vault


@pytest.fixture(params=["files", "objects"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    if request.param == "files":
        return FileVault(tmp_path)
    return ObjectVault(MemoryStore())


async def test_what_was_put_is_there_byte_for_byte_until_it_is_deleted(kept: Vault) -> None:
    await kept.put("1/2026-11-22/a", b"\x00one")
    await kept.put("1/2026-11-22/a", b"\xfftwo")
    assert await kept.get("1/2026-11-22/a") == b"\xfftwo"

    await kept.delete("1/2026-11-22/a")
    await kept.delete("1/2026-11-22/a")
    with pytest.raises(Missing):
        await kept.get("1/2026-11-22/a")


async def test_names_are_those_of_one_folder_in_order(kept: Vault) -> None:
    for name in ("1/parts/a/2", "1/parts/a/1", "1/parts/b/1", "2/parts/a/1"):
        await kept.put(name, b".")

    assert await kept.names("1/parts/a") == ["1/parts/a/1", "1/parts/a/2"]
    assert await kept.names("3/parts") == []


async def test_files_are_for_their_owner_alone_and_empty_folders_go(tmp_path: Path) -> None:
    files = vault(None, tmp_path)
    await files.put("1/parts/a", b"face")
    (file,) = [one for one in (tmp_path / FOLDER).rglob("*") if one.is_file()]
    assert file.stat().st_mode & 0o077 == 0

    await files.delete("1/parts/a")
    assert not (tmp_path / FOLDER / "1" / "parts").exists()


async def test_a_place_that_takes_nothing_is_told_as_the_vault_s(tmp_path: Path) -> None:
    (tmp_path / "1").write_text("no folder")
    with pytest.raises(VaultFailed):
        await FileVault(tmp_path).put("1/parts/a", b"face")
    with pytest.raises(VaultFailed):
        await FileVault(tmp_path).get("1/parts/a")


@pytest.mark.parametrize("url", ["nonsense", "s3://", "gopher://hub.example/images"])
def test_a_url_that_names_no_store_says_so(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        vault(url, tmp_path)


def test_an_object_store_is_named_by_its_url(tmp_path: Path) -> None:
    assert isinstance(vault("s3://images/zaiseki", tmp_path), ObjectVault)
