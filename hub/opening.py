"""Opens what a hub stands on: its folder, the record, the broker, the keys, the vault.

Whatever cannot be opened is said in one line that tells what to do.
"""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from maxminddb import InvalidDatabaseError
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.http.doors import countries_of
from hub.jobs.heads import trust
from hub.keyring import opened_keys
from hub.live.embedded import BrokerFailed, valkey
from hub.live.servers import Servers, servers, servers_on, shown
from hub.serving import StartFailed
from hub.settings import Settings
from storage import database
from storage.images.vault import SealedVault, vault
from storage.proof.outside import FOLDER as HEADS
from storage.proof.outside import FolderPlace, Place, place
from storage.proof.signing import FILE as SIGNING_KEY
from storage.proof.signing import Signer, SigningKeyProblem, signer_at
from storage.sealing.keys import Keys
from storage.sealing.masters import MasterProblem

REDIS_AT_LEAST = 7  # sharded pub/sub

FAILURES = (StartFailed, BrokerFailed, database.DatabaseProblem)


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """An embedded broker or record belongs to one process; else the folder may be shared."""
    state = settings.state
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("w")
    except OSError as wrong:
        raise StartFailed(
            f"cannot use the state folder {state}: {wrong.strerror}; choose another with --state"
        ) from None
    with lock:
        how = fcntl.LOCK_SH if settings.database and settings.redis else fcntl.LOCK_EX
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartFailed(
                f"another zaiseki uses {state}; stop it, or choose another folder with --state"
            ) from None
        yield


@asynccontextmanager
async def record(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The embedded record migrates itself; another one must be at head already."""
    if settings.database:
        await database.check_head(settings.database)
    else:
        await database.upgrade(database.embedded_url(settings.state))
    async with opened(settings) as engine:
        yield engine


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The record as it is."""
    url = settings.database or database.embedded_url(settings.state)
    engine = database.engine(url, signs(settings))
    try:
        yield engine
    finally:
        await engine.dispose()


def signs(settings: Settings) -> Signer:
    """With what this installation signs; the key is made where there is none yet."""
    try:
        return signer_at(settings.signing_key or settings.state / SIGNING_KEY)
    except SigningKeyProblem as wrong:
        raise StartFailed(str(wrong)) from None


async def outside(settings: Settings) -> list[Place]:
    """Where signed heads are kept, each knowing who signs here."""
    try:
        second = [place(settings.heads)] if settings.heads else []
        places = [FolderPlace(settings.state / HEADS), *second]
        await trust(signs(settings), places)
    except (ValueError, OSError) as wrong:
        raise StartFailed(f"--heads {settings.heads!r} cannot be used: {wrong}") from None
    return places


@asynccontextmanager
async def broker(settings: Settings) -> AsyncIterator[Servers]:
    """The server or the cluster at the address, else one of our own."""
    async with AsyncExitStack() as stack:
        if settings.redis:
            found = await connected(settings.redis)
        else:
            found = servers_on(await stack.enter_async_context(valkey(settings.state)))
        stack.push_async_callback(found.aclose)
        yield found


async def connected(url: str) -> Servers:
    try:
        found = await servers(url)
    except ValueError as wrong:
        raise StartFailed(f"--redis {url!r} is no address: {wrong}") from None
    except AuthenticationError:
        raise StartFailed(f"{shown(url)} wants another password; write it into --redis") from None
    except (RedisError, OSError) as wrong:
        raise StartFailed(
            f"no Redis or Valkey answers at {shown(url)} ({wrong}); start it, or leave --redis out"
        ) from None
    if found.version < REDIS_AT_LEAST:
        await found.aclose()
        raise StartFailed(f"{shown(url)} is Redis {found.version}; zaiseki needs 7 or newer")
    return found


async def unlocked(engine: AsyncEngine, settings: Settings) -> Keys:
    """The keys that seal what is stored."""
    try:
        return await opened_keys(engine, settings)
    except MasterProblem as wrong:
        raise StartFailed(str(wrong)) from None


def kept(settings: Settings, keys: Keys) -> SealedVault:
    try:
        return SealedVault(vault(settings.vault, settings.state), keys)
    except ValueError as wrong:
        raise StartFailed(f"--vault {settings.vault!r} cannot be used: {wrong}") from None


def know_countries(settings: Settings) -> None:
    """A file that cannot be read would let everybody in."""
    try:
        countries_of(settings)
    except (OSError, InvalidDatabaseError) as wrong:
        raise StartFailed(
            f"--geoip {settings.geoip} is no MaxMind DB file of countries: {wrong}"
        ) from None
