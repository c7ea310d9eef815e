"""That a webhook goes exactly to the address that was vetted, and no other way."""

import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.jobs.addresses import Address
from hub.jobs.posting import Lapsed, Poster, retry_after
from storage.webhooks.keys import new_keys
from tests.hub.jobs.posts import HASTY, LOOPBACK, due, posted
from tests.receiver import SILENCE, Reply, receiver, redirect

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


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


async def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    pem = certificate("hooks.example", tmp_path)

    def here_only(host: str, port: int) -> Sequence[Address]:
        return [IPv4Address("127.0.0.1")]

    async with receiver(pem) as inside, Poster(LOOPBACK, lookup=here_only) as poster:
        answer = await posted(f"https://hooks.example:{inside.port}/", poster)

    assert answer.status is None
    assert "certificate verify failed" in answer.said.lower()
    assert inside.received == []


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


async def test_what_lapsed_while_the_machine_was_stopped_is_not_sent() -> None:
    async with receiver() as here, Poster(LOOPBACK) as poster:
        late = replace(due(here.url), send_by=datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(Lapsed):
            await poster.post(late, datetime.now(UTC))
        in_time = replace(late, send_by=datetime.now(UTC) + timedelta(seconds=10))
        assert (await poster.post(in_time, datetime.now(UTC))).ok

    assert len(here.received) == 1
