"""Which master keys this installation has, and the tenants' keys under them."""

import logging
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.settings import Settings
from storage.sealing.keys import Keys
from storage.sealing.masters import FileMasters, GivenMasters, MasterProblem, Masters

FILE = "master.key"  # in the state folder

log = logging.getLogger(__name__)


def masters(settings: Settings) -> Masters:
    """The master keys that the settings name; raise MasterProblem if they cannot be meant."""
    given = {
        "--master-file": settings.master_file,
        "ZAISEKI_MASTER_KEY": settings.master_key,
        "ZAISEKI_PKCS11": settings.pkcs11,
    }
    if len(chosen := [name for name, value in given.items() if value]) > 1:
        raise MasterProblem(f"{' and '.join(chosen)} exclude each other; give one")
    if settings.master_key:
        return GivenMasters(settings.master_key)
    if settings.pkcs11:
        return token(settings.pkcs11)
    return FileMasters(master_file(settings))


def master_file(settings: Settings) -> Path:
    return settings.master_file or settings.state / FILE


def token(uri: str) -> Masters:
    try:
        from storage.sealing.hsm import TokenMasters
    except ModuleNotFoundError as missing:
        raise MasterProblem(
            f"ZAISEKI_PKCS11 needs {missing.name}: pip install 'zaiseki[hub,hsm]'"
        ) from None
    return TokenMasters(uri)


async def opened_keys(engine: AsyncEngine, settings: Settings) -> Keys:
    """The keys, with the master key in use at hand; the first one is made where there is none."""
    found = Keys(engine, masters(settings), pace=settings.pace)
    if made := await found.check():
        log.warning("made the master key %s in %s", made, kept_in(settings))
    return found


def kept_in(settings: Settings) -> str:
    """Where a new master key is, and what to do with it now."""
    lost = "without it nothing that is sealed can ever be read again"
    if settings.pkcs11:
        return f"the token: back that up as its maker says; {lost}"
    return f"{master_file(settings)}: keep a copy elsewhere, apart from the backups; {lost}"
