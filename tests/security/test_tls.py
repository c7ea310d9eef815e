"""What a TLS scan of the hub finds, and what is said over it."""

import asyncio
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from hub import tls
from hub.access import Role
from hub.app import hub
from hub.protocol.codec import SUBPROTOCOL, encode
from hub.protocol.facts import VERSION, Presence
from hub.protocol.watchers import Subscribe
from hub.serving import StartFailed, renewed
from hub.settings import Settings
from hub.tls import BadCertificate, Certificate
from storage.database import embedded_url, engine
from tests.clock import until
from tests.hub.http.site import HASH, sign_in
from tests.hubs import Running, settings
from tests.peers import agent
from tests.record import company, person
from tests.security.certificates import HOST, Authority, secure_hub

pytestmark = pytest.mark.requirement("R48")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def greeted(port: int, context: ssl.SSLContext) -> ssl.SSLObject:
    """The handshake as it went."""
    _, writer = await asyncio.open_connection(HOST, port, ssl=context)
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    return found


async def boss(running: Settings) -> None:
    """Somebody who can sign in."""
    opened = engine(running.database or embedded_url(running.state))
    async with opened.begin() as conn:
        a = await company(conn)
        await person(conn, a.id, "boss", Role.ADMINISTRATOR, password_hash=HASH)
    await opened.dispose()


async def test_the_protocols_are_new_and_forget_their_keys(
    authority: Authority, tmp_path: Path
) -> None:
    async with secure_hub(authority, tmp_path / "state") as running:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = authority.trusting()
            context.maximum_version = version
            cipher = (await greeted(running.port, context)).cipher()
            assert cipher
            assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]
            assert cipher[0].startswith(("ECDHE-", "TLS_"))
        for weak in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"):
            context = authority.trusting()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(weak)
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await greeted(running.port, context)


def test_old_protocols_are_refused_by_the_server_itself(authority: Authority) -> None:
    """Today's clients do not offer them, so the setting is what can be looked at."""
    made = tls.context(authority.chain, authority.private)

    assert made.minimum_version is ssl.TLSVersion.TLSv1_2
    assert made.options & ssl.OP_NO_COMPRESSION
    assert made.options & ssl.OP_NO_RENEGOTIATION


async def test_a_client_that_speaks_plainly_learns_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    async with secure_hub(authority, tmp_path / "state") as running:
        reader, writer = await asyncio.open_connection(HOST, running.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
        answer = await reader.read()
        writer.close()

    assert b"HTTP/" not in answer


async def test_pages_and_cookies_stay_with_https(authority: Authority, tmp_path: Path) -> None:
    async with secure_hub(authority, tmp_path / "state") as running:
        await boss(running)
        async with httpx2.AsyncClient(
            verify=authority.trusting(), base_url=running.url, headers={"Origin": running.url}
        ) as client:
            answer = await sign_in(client, "boss")
            assert (await client.get("/api/v1/session")).status_code == 200

    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    cookies = answer.headers.get_list("set-cookie")
    assert any(cookie.startswith("__Host-zaiseki_session=") for cookie in cookies)
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {part.strip() for part in cookie.split(";")[1:]} >= {
            "HttpOnly", "Path=/", "SameSite=strict", "Secure",
        }  # fmt: skip
        assert "domain" not in cookie.lower()


async def test_agents_and_boards_talk_over_wss(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the fast lane: a cookie over TLS counts only from pages that came by TLS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.roots))
    async with secure_hub(authority, tmp_path / "state") as running:
        opened = engine(embedded_url(running.state))
        office = await Running(running.url, running, opened).office()
        _, device = await office.worker("mori")
        async with agent(running.url, device.token) as pc:
            pc.tell(Presence.AWAY)
            await pc.recorded()
        cookie = {"Cookie": f"__Host-zaiseki_session={await office.boss()}"}
        for origin, good in ((running.url, True), (running.url.replace("https", "http"), False)):
            watching = connect(
                f"wss://{HOST}:{running.port}/ws/watch",
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers={**cookie, "Origin": origin},
                proxy=None,
            )
            if good:
                async with watching as ws:
                    await ws.send(encode(Subscribe(VERSION)), text=True)
                    assert b'"snapshot"' in await ws.recv(decode=False)
            else:
                with pytest.raises(InvalidStatus) as refused:
                    async with watching:
                        pass
                assert refused.value.response.status_code == 403
        await opened.dispose()


@pytest.mark.requirement("R27")
async def test_an_agent_says_nothing_to_a_hub_whose_certificate_it_cannot_check(
    authority: Authority, tmp_path: Path
) -> None:
    async with (
        secure_hub(authority, tmp_path / "state") as running,
        agent(running.url, "a-token", wait=False) as pc,
    ):
        await until(lambda: pc.client.trouble)

    assert "certificate" in pc.client.trouble.lower()
    assert not pc.live


async def test_a_renewed_certificate_is_used_without_a_restart(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.serving.CHECK_EVERY_S", 0.02)
    async with secure_hub(authority, tmp_path / "state") as running:

        async def is_used(serial: int) -> bool:
            return await shown_serial(running.port, authority) == serial

        serial = authority.sign()
        await until(lambda: is_used(serial))


async def shown_serial(port: int, authority: Authority) -> int:
    seen = (await greeted(port, authority.trusting())).getpeercert()
    assert seen
    return int(str(seen["serialNumber"]), 16)


async def test_it_is_taken_on_the_thread_of_the_handshakes(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that began between the certificate and its key would have the new one and the old's."""
    threads: list[int] = []

    class Watched(Certificate):
        def renew(self) -> None:
            super().renew()
            threads.append(threading.get_ident())

    monkeypatch.setattr("hub.serving.CHECK_EVERY_S", 0.01)
    certificate = Watched(authority.chain, authority.private)
    checking = asyncio.create_task(renewed(certificate))
    authority.sign()
    await until(lambda: threads)
    checking.cancel()

    assert threads == [threading.get_ident()]


async def test_a_half_written_certificate_spoils_nothing(
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("hub.serving.CHECK_EVERY_S", 0.02)
    async with secure_hub(authority, tmp_path / "state") as running:
        before = await shown_serial(running.port, authority)
        authority.private.write_text("-----BEGIN PRIVATE KEY-----\n")
        await until(lambda: "the new certificate cannot be used" in caplog.text)

        assert await shown_serial(running.port, authority) == before


@pytest.mark.parametrize("what", ["gone", "garbage", "another's key", "password"])
async def test_files_that_cannot_be_used_are_told_in_one_line(
    authority: Authority, tmp_path: Path, what: str
) -> None:
    if what == "gone":
        authority.private.unlink()
    elif what == "garbage":
        authority.chain.write_text("not PEM")
    elif what == "password":
        authority.sign(b"secret")
    else:
        key = authority.private.read_bytes()
        authority.sign()
        authority.private.write_bytes(key)

    with pytest.raises(BadCertificate):
        Certificate(authority.chain, authority.private)
    with pytest.raises(StartFailed, match=r"^--tls-certificate, --tls-key: [^\n]+$"):
        async with hub(authority.settings(tmp_path / "state")):
            pass


async def test_a_hub_that_others_can_reach_does_not_start_without_tls_or_a_proxy(
    tmp_path: Path,
) -> None:
    with pytest.raises(StartFailed, match=r"--tls-certificate.*--trusted-proxies"):
        async with hub(replace(settings(tmp_path), host="0.0.0.0")):
            pass
