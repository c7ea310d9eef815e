"""Images from devices: offered, signed, in parts, looked at and only then stored.

A device offers an image (`offer_image`), sends its bytes from any offset on (`send_image`) and asks
nothing else: each answer says what is stored, and how much of it is here.
"""

import hashlib
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.http import problems
from hub.http.callers import OnDevice
from hub.http.pictures.plain import NotPlain
from hub.http.problems import Problem
from hub.protocol.facts import EvidenceLevel, EvidenceState
from hub.protocol.images import FIT, Offer, Progress, Uuid, statement
from storage.consent.policy import policy_for
from storage.images import evidence as record
from storage.images.evidence import Expected, image_name, parts_folder
from storage.seats.devices import LinkedDevice

NO_IMAGES = (EvidenceLevel.OFF, EvidenceLevel.STATE_ONLY)
PART_DIGITS = 7


class ImagePath(Struct, frozen=True):
    image: Uuid


class ChunkQuery(Struct, frozen=True):
    """`offset` is where in the image the body belongs."""

    offset: Annotated[int, Meta(ge=0)] = 0


async def offer_image(who: OnDevice, body: Offer) -> Progress:
    """Say what is coming, signed; the answer says whether it is wanted, and from where on."""
    device, claim = who.device, body.claim
    try:
        key = Ed25519PublicKey.from_public_bytes(body.public_key)
        key.verify(body.signature, statement(claim))
    except (InvalidSignature, ValueError):
        raise refusal("the signature is wrong") from None
    fit = FIT[claim.kind]
    if claim.width > fit[0] or claim.height > fit[1]:
        raise refusal(f"{claim.width}x{claim.height} is over {fit[0]}x{fit[1]}")
    async with who.engine.begin() as conn:
        await allowed(conn, device)
        state = await record.offered(conn, device, body, who.now)
    have = sum(map(length, await parts(who, claim.id))) if state is EvidenceState.PENDING else 0
    return Progress(state, have)


async def send_image(who: OnDevice, path: ImagePath, query: ChunkQuery, body: bytes) -> Progress:
    """Take one part; with the last, the image is checked, stored and from then on not wanted."""
    device, id = who.device, path.image
    async with who.engine.connect() as conn:
        await allowed(conn, device)
        wanted = await record.expected(conn, device, id)
    if wanted.state in (EvidenceState.STORED, EvidenceState.ERASED):
        return Progress(wanted.state, 0)
    before = await parts(who, id)
    have = sum(map(length, before))
    fits = query.offset == have and 0 < len(body) <= wanted.size - have
    if not fits and have < wanted.size:
        return Progress(EvidenceState.PENDING, have)
    if fits and have + len(body) < wanted.size:
        name = part_name(device.tenant, id, have, len(body))
        await who.vault.put(name, device.member, wanted.taken_at, body)
        return Progress(EvidenceState.PENDING, have + len(body))
    here = [await who.vault.get(name, device.member, wanted.taken_at) for name in before]
    data = b"".join(here) + (body if fits else b"")
    state = await keep(who, id, wanted, data)
    for name in before:
        await who.vault.delete(name)
    return Progress(state, wanted.size)


async def keep(who: OnDevice, id: str, wanted: Expected, data: bytes) -> EvidenceState:
    """All of it has come: look at it, and store it as it came."""
    tenant = who.device.tenant
    try:
        await check(who, data, wanted)
    except Problem as problem:
        async with who.engine.begin() as conn:
            await record.refused(conn, tenant, id, problem.what)
        raise
    name = image_name(tenant, id, wanted.taken_at)
    await who.vault.put(name, who.device.member, wanted.taken_at, data)
    async with who.engine.begin() as conn:
        return await record.stored(conn, tenant, id, who.now)


async def check(who: OnDevice, data: bytes, wanted: Expected) -> None:
    if hashlib.sha256(data).digest() != wanted.sha256:
        raise refusal("it is not the image that was signed")
    try:
        found = await who.decoder.look(data, FIT[wanted.kind])
    except NotPlain as wrong:
        raise refusal(str(wrong)) from None
    if (found.media, found.width, found.height) != (wanted.media, wanted.width, wanted.height):
        raise refusal("it is not what was offered")


async def allowed(conn: AsyncConnection, device: LinkedDevice) -> None:
    """Raise the problem IMAGE_REFUSED where level or consent lets no image come."""
    policy = await policy_for(conn, device.tenant, device.member)
    if policy.evidence in NO_IMAGES:
        why = f" ({policy.quiet})" if policy.quiet else ""
        raise refusal(f"the level of evidence allows no images{why}")


def refusal(why: str) -> Problem:
    return Problem(problems.IMAGE_REFUSED, what=why)


async def parts(who: OnDevice, id: str) -> list[str]:
    """The parts that follow each other from the beginning on; one that came twice counts once."""
    found: list[str] = []
    end = 0
    for name in await who.vault.names(parts_folder(who.device.tenant, id)):
        if offset(name) == end:
            found.append(name)
            end += length(name)
    return found


def part_name(tenant: int, id: str, at: int, size: int) -> str:
    return f"{parts_folder(tenant, id)}/{at:0{PART_DIGITS}}-{size:0{PART_DIGITS}}"


def offset(name: str) -> int:
    return int(name.rpartition("/")[2].partition("-")[0])


def length(name: str) -> int:
    return int(name.rpartition("-")[2])
