"""Which addresses a webhook may go to, and which it never reaches without leave."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.jobs.addresses import Forbidden, is_public, parse, vet

PUBLIC = IPv4Address("93.184.215.14")


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "127.0.0.1",
        "0.0.0.0",
        "100.64.0.1",  # carrier-grade NAT
        "169.254.169.254",  # the metadata of clouds
        "172.16.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",  # 10.0.0.1 behind NAT64
        "2002:7f00:1::",  # 127.0.0.1 in 6to4
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e", "2606:2800:21f::1"]
)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_hiding_an_address_in_ipv6_does_not_make_it_public(address: IPv4Address) -> None:
    if not is_public(address):
        assert not is_public(IPv6Address(f"::ffff:{address}"))
        assert not is_public(IPv6Address(f"64:ff9b::{address}"))


def test_one_inside_address_among_public_ones_is_refused() -> None:
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1, not a public address"):
        vet(parse("https://h.example/"), [PUBLIC, IPv4Address("10.0.0.1")], allow=())


@pytest.mark.parametrize("url", ["http://h.example/", "https://h.example:8443/"])
def test_a_public_address_takes_https_on_its_port_only(url: str) -> None:
    with pytest.raises(Forbidden, match="https on port 443"):
        vet(parse(url), [PUBLIC], allow=())


def test_an_allowed_network_may_be_inside_and_without_tls() -> None:
    vet(
        parse("http://h.example:8080/"), [ip_address("::ffff:10.0.0.1")], [ip_network("10.0.0.0/8")]
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h.example",
        "ftp://h.example/",
        "https:///path",
        "https://name:word@h.example/",
        "https://[::1",
        "https://h.example/" + "x" * 2000,
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        parse(url)
