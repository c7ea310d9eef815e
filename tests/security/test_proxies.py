"""Who asks, and how safely: what proxies say is believed of those only that somebody named."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from hub.http.edge import Edge
from hub.http.forwarded import Networks, origin, parsed, site
from tests.hub.http.site import problem, sign_in
from tests.security.conftest import Guarded

PROXIES: Networks = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1"))
ADDRESSES = st.ip_addresses().map(str)
SHOWN = PlainTextResponse("counted")
GARBAGE = st.text(st.characters(codec="latin-1"), max_size=40)


def pairs(**headers: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in headers.items()]  # fmt: skip


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.9.9.9", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("fd00::1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, evil", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("192.0.2.1", "203.0.113.7", "192.0.2.1"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, expected: str
) -> None:
    assert origin(peer, False, pairs(x_forwarded_for=forwarded), PROXIES).address == expected


@given(ADDRESSES, GARBAGE, GARBAGE)
def test_nobody_else_can_say_who_they_are(peer: str, forwarded: str, proto: str) -> None:
    found = origin(peer, False, pairs(x_forwarded_for=forwarded, x_forwarded_proto=proto), ())

    assert (found.address, found.secure, found.local) == (peer, False, False)


@given(GARBAGE, ADDRESSES)
def test_what_a_client_forwards_itself_stands_before_its_address(told: str, client: str) -> None:
    """The proxy appends whom it has seen; what stood there before it changes nothing."""
    chain = f"{told}, {client}"
    found = origin("10.0.0.1", False, pairs(x_forwarded_for=chain), PROXIES)

    known = parsed(client)
    assert known is not None
    if not any(known in network for network in PROXIES):
        assert found.address == str(known)


@pytest.mark.parametrize(
    ("peer", "proto", "secure", "expected"),
    [
        ("10.0.0.1", "https", False, True),
        ("10.0.0.1", "http", True, False),
        ("10.0.0.1", "http, https", False, True),
        ("10.0.0.1", "nonsense", True, False),
        ("192.0.2.1", "https", False, False),
    ],
)
def test_a_trusted_proxy_says_how_the_client_came(
    peer: str, proto: str, secure: bool, expected: bool
) -> None:
    assert origin(peer, secure, pairs(x_forwarded_proto=proto), PROXIES).secure is expected


@pytest.mark.parametrize(
    ("peer", "headers", "local"),
    [
        ("127.0.0.2", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.2", {}, True),
        ("127.0.0.2", {"x_forwarded_for": "127.0.0.1"}, False),
        ("127.0.0.2", {"x_forwarded_proto": "http"}, False),
        ("127.0.0.1", {"x_forwarded_for": "203.0.113.7"}, False),
        ("127.0.0.1", {"x_forwarded_proto": "http"}, False),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1", "x_forwarded_proto": "http"}, True),
        ("203.0.113.7", {}, False),
        ("", {}, False),
    ],
)
def test_only_what_comes_from_this_machine_is_local(
    peer: str, headers: dict[str, str], local: bool
) -> None:
    assert origin(peer, False, pairs(**headers), PROXIES).local is local


@given(st.ip_addresses())
def test_a_site_is_one_address_or_one_network_of_a_subscriber(
    address: IPv4Address | IPv6Address,
) -> None:
    found = site(str(address))

    assert (parsed(str(address)) or address) in ip_network(found)


@pytest.mark.requirement("R48")
async def test_nobody_is_served_plainly_whose_words_others_could_listen_to(hub: Guarded) -> None:
    plain, safe = "http://hub.test", {"X-Forwarded-Proto": "https"}
    hub.app = Edge(replace(hub).app, trusted=PROXIES)
    for address, headers, served in (
        ("192.0.2.1", {}, False),
        ("192.0.2.1", safe, False),
        ("127.0.0.9", {}, True),
        ("127.0.0.9", safe, False),
        ("10.0.0.1", safe, True),
    ):
        async with hub.client(address, "", **headers) as client:
            client.base_url = client.base_url.copy_with(scheme="http")
            answer = await client.get(f"{plain}/problems/taken")
        assert (answer.status_code == 200) is served, (address, headers)
        if not served:
            assert problem(answer) == "not-encrypted"
            assert "ZAISEKI_TRUSTED_PROXIES" in answer.json()["detail"]


@pytest.mark.requirement("R49")
async def test_a_made_up_address_does_not_get_round_the_throttle(hub: Guarded) -> None:
    codes = []
    for number in range(7):
        async with hub.client(**{"X-Forwarded-For": f"203.0.113.{number}"}) as client:
            codes.append((await sign_in(client, "boss", "wrong wrong wrong")).status_code)
    assert codes[-1] == 429
    hub.app = Edge(hub.app, trusted=(ip_network("192.0.2.0/24"),))
    async with hub.client("192.0.2.9", **{"X-Forwarded-For": "203.0.113.50"}) as client:
        assert (await sign_in(client, "boss")).status_code == 201


async def test_metrics_are_for_this_machine_and_for_monitors(hub: Guarded) -> None:
    async with hub.client() as client:
        assert (await client.get("/metrics")).status_code == 404
    hub.app = Edge(SHOWN, monitors=(ip_network("192.0.2.0/24"),))
    for address, status in (("192.0.2.1", 200), ("192.0.3.1", 404), ("127.0.0.1", 200)):
        async with hub.client(address) as client:
            assert (await client.get("/metrics")).status_code == status
