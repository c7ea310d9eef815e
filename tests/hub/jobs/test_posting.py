"""How a webhook is signed, and that it goes exactly to the address that was vetted."""

import asyncio
import base64
import itertools
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from hub.jobs.addresses import Address
from hub.jobs.posting import Answer, Lapsed, Poster, retry_after
from storage.webhooks.bodies import Content
from storage.webhooks.keys import Scheme, SigningKeys, new_keys, signature
from storage.webhooks.queue import Due
from storage.webhooks.times import TIMES
from tests.outbox import ATTEMPT, BODY
from tests.receiver import SILENCE, Reply, receiver, redirect, throttle

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LOOPBACK = [ip_network("127.0.0.0/8")]
HASTY = TIMES.scaled(0.02)  # 0.3 s for an answer, 40 ms for its head


def due(url: str, keys: SigningKeys | None = None) -> Due:
    return replace(ATTEMPT, url=url, keys=(keys or new_keys(),))


@given(message=st.text("abcdef0123456789_", min_size=1), body=st.text())
def test_what_we_sign_the_independent_package_signs_alike(message: str, body: str) -> None:
    keys = new_keys()

    theirs = Webhook(keys.secret).sign(message, NOW, body)

    ours = signature([keys], [Scheme.V1], message, int(NOW.timestamp()), body)
    assert ours == theirs


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Fri, 20 Nov 2026 09:02:00 GMT", timedelta(minutes=2)),
        ("Fri, 20 Nov 2026 08:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(hours=24)),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


async def test_without_permission_nothing_is_sent_to_this_machine() -> None:
    async with receiver() as inside, Poster() as poster:
        answers = [
            await poster.post(due(url), datetime.now(UTC))
            for url in (
                inside.url,
                f"http://localhost:{inside.port}/",
                f"http://127.1:{inside.port}/",
                f"http://[::ffff:127.0.0.1]:{inside.port}/",
                f"https://2130706433:{inside.port}/",
            )
        ]

    assert [answer.status for answer in answers] == [None] * 5
    assert all("not a public address" in answer.said for answer in answers)
    assert inside.received == []


async def test_a_redirect_is_a_failure_and_is_not_followed() -> None:
    async with receiver() as here, receiver() as there, Poster(LOOPBACK) as poster:
        here.script.append(redirect(there.url))

        answer = await poster.post(due(here.url), datetime.now(UTC))

    assert (answer.status, answer.ok) == (302, False)
    assert there.received == []


async def test_a_name_that_moves_inside_is_refused_at_the_next_attempt() -> None:
    answers = iter([IPv4Address("127.0.0.1"), IPv4Address("10.0.0.1")])

    def rebinding(host: str, port: int) -> Sequence[Address]:
        return [next(answers)]

    async with receiver() as here, Poster(LOOPBACK, lookup=rebinding) as poster:
        url = f"http://moving.example:{here.port}/"
        first = await poster.post(due(url), datetime.now(UTC))
        second = await poster.post(due(url), datetime.now(UTC))

    assert first.ok
    assert "10.0.0.1" in second.said
    assert [got.headers["host"] for got in here.received] == [f"moving.example:{here.port}"]


def certificate(name: str, folder: Path) -> Path:
    """A certificate for that name, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def test_tls_is_checked_against_the_name_although_the_address_is_pinned(
    tmp_path: Path,
) -> None:
    pem = certificate("hooks.example", tmp_path)
    keys = new_keys()

    def here_only(host: str, port: int) -> Sequence[Address]:
        return [IPv4Address("127.0.0.1")]

    trust = ssl.create_default_context(cafile=pem)
    async with receiver(pem) as inside, Poster(LOOPBACK, lookup=here_only, tls=trust) as poster:
        inside.secret = keys.secret
        right = await poster.post(
            due(f"https://hooks.example:{inside.port}/", keys), datetime.now(UTC)
        )
        wrong = await poster.post(
            due(f"https://other.example:{inside.port}/", keys), datetime.now(UTC)
        )

    assert (right.status, right.said) == (200, "")
    assert wrong.status is None
    assert "hostname mismatch" in wrong.said.lower()
    assert [got.verified for got in inside.received] == [True]


async def test_only_the_head_of_an_answer_is_kept() -> None:
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.script.append(Reply(500, body="no\0\n" + "x" * 1_000_000))

        answer = await poster.post(due(here.url), datetime.now(UTC))

    assert answer.status == 500
    assert answer.said.startswith("no  xxx")
    assert len(answer.said) == 1_000


async def test_a_name_that_nobody_knows_is_an_answer_too() -> None:
    def nobody(host: str, port: int) -> Sequence[Address]:
        raise OSError("Name or service not known")

    async with Poster(lookup=nobody) as poster:
        answer = await poster.post(due("https://h.example/"), NOW)

    assert (answer.status, answer.said) == (None, "OSError: Name or service not known")


async def test_an_error_of_our_own_fails_its_message_and_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(host: str, port: int) -> Sequence[Address]:
        raise RuntimeError("a mistake")

    async with Poster(lookup=broken) as poster:
        answer = await poster.post(due("https://h.example/"), NOW)

    assert (answer.status, answer.ok, answer.ours) == (None, False, True)
    assert "a mistake" in caplog.text


async def test_silence_is_an_answer_when_its_time_is_over() -> None:
    async with receiver() as here, Poster(LOOPBACK, times=HASTY) as poster:
        here.script.append(SILENCE)

        answer = await poster.post(due(here.url), datetime.now(UTC))

    assert (answer.status, answer.said) == (None, "no answer within 0.3 s")
    assert 0.3 <= answer.took_s < 5


async def test_the_next_address_is_tried_when_one_refuses() -> None:
    def two(host: str, port: int) -> Sequence[Address]:
        return [IPv4Address("127.0.0.2"), IPv4Address("127.0.0.1")]

    async with receiver() as here, Poster(LOOPBACK, lookup=two) as poster:
        url = f"http://two.example:{here.port}/"

        assert (await poster.post(due(url), datetime.now(UTC))).ok


async def test_the_proxies_of_the_environment_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    async with receiver() as here, Poster(LOOPBACK) as poster:
        assert (await poster.post(due(here.url), datetime.now(UTC))).ok


# ---- receivers that fail


@asynccontextmanager
async def raw(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that reads the head of a request, and answers with whatever bytes; its address."""

    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for task in filter(None, serving):
            task.cancel()
        await asyncio.gather(*filter(None, serving))


async def posted(url: str, poster: Poster) -> Answer:
    return await poster.post(due(url), datetime.now(UTC))


@pytest.mark.parametrize(
    "sent",
    [
        b"220 mail.example ESMTP\r\n",
        b"\x16\x03\x01\x00\x05",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"",
    ],
    ids=["mail", "tls", "half", "endless-head", "nothing"],
)
async def test_garbage_is_an_answer_that_failed(sent: bytes) -> None:
    async def garbage(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()

    async with raw(garbage) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ok, answer.ours) == (None, False, False)
    assert "Error" in answer.said


async def test_a_connection_that_is_reset_failed() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with raw(reset) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ours) == (None, False)
    assert "Error" in answer.said


async def test_a_server_that_is_not_there_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with Poster(LOOPBACK) as poster:
        answer = await posted(f"http://127.0.0.1:{port}/", poster)

    assert (answer.status, answer.said.partition(":")[0]) == (None, "ConnectError")


async def test_a_head_that_drips_is_no_answer_in_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in itertools.cycle(b"H"):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw(drip) as url, Poster(LOOPBACK, times=HASTY) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.said) == (None, "no answer within 0.3 s")


@pytest.mark.parametrize("status", [200, 500])
async def test_a_body_that_drips_for_ever_takes_nothing_away_from_the_status(status: int) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 100000\r\n\r\n".encode())
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.005)

    async with raw(drip) as url, Poster(LOOPBACK, times=HASTY) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ok) == (status, status == 200)
    assert set(answer.said) <= {"x"} and len(answer.said) <= 1_000


async def test_a_body_without_an_end_is_read_to_its_first_thousand_bytes() -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with raw(flood) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.said) == (200, "x" * 1_000)
    assert answer.took_s < 5


async def test_a_body_that_breaks_off_is_a_success_if_its_status_was() -> None:
    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()

    async with raw(half) as url, Poster(LOOPBACK) as poster:
        answer = await posted(url, poster)

    assert (answer.status, answer.ok) == (202, True)


async def test_https_to_a_server_that_speaks_none_failed() -> None:
    async with receiver() as plain, Poster(LOOPBACK) as poster:
        answer = await posted(f"https://127.0.0.1:{plain.port}/", poster)

    assert answer.status is None
    assert "ssl" in answer.said.lower()
    assert plain.received == []


async def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    pem = certificate("hooks.example", tmp_path)

    def here_only(host: str, port: int) -> Sequence[Address]:
        return [IPv4Address("127.0.0.1")]

    async with receiver(pem) as inside, Poster(LOOPBACK, lookup=here_only) as poster:
        answer = await posted(f"https://hooks.example:{inside.port}/", poster)

    assert answer.status is None
    assert "certificate verify failed" in answer.said.lower()
    assert inside.received == []


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [
        (429, "120", timedelta(minutes=2)),
        (503, "7", timedelta(seconds=7)),
        (502, "", TIMES.rest),
        (504, "soon", TIMES.rest),
        (500, "120", None),
        (404, "", None),
        (200, "120", None),
    ],
)
async def test_a_receiver_that_is_busy_is_left_alone_as_long_as_it_asks(
    status: int, asked: str, wait: timedelta | None
) -> None:
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.script.append(throttle(asked, status) if asked else Reply(status))

        answer = await posted(here.url, poster)

    assert (answer.status, answer.wait) == (status, wait)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_whatever_its_number(status: int) -> None:
    async with receiver() as here, receiver() as there, Poster(LOOPBACK) as poster:
        here.script.append(Reply(status, headers={"location": there.url}))

        assert not (await posted(here.url, poster)).ok

    assert (len(here.received), there.received) == (1, [])


# ---- signatures and contents


async def test_both_signatures_are_sent_and_each_verifies() -> None:
    keys = new_keys()
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.secret = keys.secret
        both = replace(due(here.url, keys), signing=(Scheme.V1, Scheme.V1A))
        await poster.post(both, datetime.now(UTC))
        await poster.post(replace(both, signing=(Scheme.V1A,)), datetime.now(UTC))

    first, second = (got.headers for got in here.received)
    assert here.received[0].verified
    assert [one.partition(",")[0] for one in first["webhook-signature"].split()] == ["v1", "v1a"]
    for headers in (first, second):
        signed_by(keys.public, headers, BODY)
    assert second["webhook-signature"].startswith("v1a,")


def signed_by(public: str, headers: dict[str, str], body: str) -> None:
    """As a receiver does it with the public key; raises InvalidSignature."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    sent = headers["webhook-signature"].split()
    [made] = [one.removeprefix("v1a,") for one in sent if one.startswith("v1a,")]
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    key.verify(base64.b64decode(made), said.encode())


async def test_while_a_rotation_overlaps_the_old_and_the_new_secret_verify() -> None:
    old, new = new_keys(), new_keys()
    async with receiver() as here, Poster(LOOPBACK) as poster:
        rotated = replace(due(here.url), keys=(new, old), signing=(Scheme.V1, Scheme.V1A))
        await poster.post(rotated, datetime.now(UTC))

    [got] = here.received
    for keys in (old, new):
        assert Webhook(keys.secret).verify(BODY, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_keys().secret).verify(BODY, got.headers)
    assert len(got.headers["webhook-signature"].split()) == 4


async def test_a_cloud_event_says_so_and_is_signed_alike() -> None:
    keys = new_keys()
    async with receiver() as here, Poster(LOOPBACK) as poster:
        here.secret = keys.secret
        event = replace(due(here.url, keys), content=Content.CLOUDEVENTS)
        await poster.post(event, datetime.now(UTC))

    [got] = here.received
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert got.verified


async def test_what_lapsed_while_the_machine_was_stopped_is_not_sent() -> None:
    async with receiver() as here, Poster(LOOPBACK) as poster:
        late = replace(due(here.url), send_by=datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(Lapsed):
            await poster.post(late, datetime.now(UTC))
        in_time = replace(late, send_by=datetime.now(UTC) + timedelta(seconds=10))
        assert (await poster.post(in_time, datetime.now(UTC))).ok

    assert len(here.received) == 1
