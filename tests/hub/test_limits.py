"""From where anybody is let in, by network and by country."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from maxminddb import InvalidDatabaseError

from hub.limits import Limits, countries, lets_in

pytestmark = pytest.mark.requirement("R63")

HOME = "192.168.1.20"
COUNTRIES = {"8.8.8.8": "US", "133.11.0.1": "JP", "2001:200::1": "JP"}
OFFICE = (ip_network("8.8.8.0/24"),)


@pytest.mark.parametrize(
    ("limits", "address", "let_in"),
    [
        (Limits(), "133.11.0.1", True),
        (Limits(), "2001:200::1", True),
        (Limits(), "8.8.8.8", False),
        (Limits(), "9.9.9.9", False),
        (Limits(), HOME, True),
        (Limits(), "127.0.0.1", True),
        (Limits(), "::ffff:8.8.8.8", False),
        (Limits(OFFICE), "8.8.8.8", True),
        (Limits(OFFICE), "::ffff:8.8.8.8", True),
        (Limits(OFFICE), "133.11.0.1", False),
        (Limits(OFFICE), HOME, False),
        (Limits(OFFICE, frozenset({"JP"})), "133.11.0.1", True),
        (Limits((), frozenset({"US"})), "8.8.8.8", True),
        (Limits((), frozenset({"US"})), "133.11.0.1", False),
    ],
)
def test_a_hub_that_knows_countries_lets_in_whom_the_tenant_names(
    limits: Limits, address: str, let_in: bool
) -> None:
    assert lets_in(limits, address, COUNTRIES.get) is let_in


def test_a_hub_that_knows_no_countries_still_limits_networks() -> None:
    assert lets_in(Limits(), "9.9.9.9", None)
    assert lets_in(Limits(OFFICE), "8.8.8.8", None)
    assert not lets_in(Limits(OFFICE), "9.9.9.9", None)


# ---- a file of countries: one node of a MaxMind DB 2.0, whose lower half of IPv4 is Japan's


def text(word: str) -> bytes:
    return bytes([2 << 5 | len(word)]) + word.encode()


def mapping(**of: bytes) -> bytes:
    return bytes([7 << 5 | len(of)]) + b"".join(text(key) + value for key, value in of.items())


def number(kind: int, value: int) -> bytes:
    return bytes([kind << 5 | 2]) + value.to_bytes(2)


def database(country: bytes) -> bytes:
    nodes, data_at = 1, 16
    tree = (nodes + data_at).to_bytes(3) + nodes.to_bytes(3)
    meta = mapping(
        binary_format_major_version=number(5, 2),
        binary_format_minor_version=number(5, 0),
        build_epoch=bytes([2, 2]) + (1).to_bytes(2),
        database_type=text("Country"),
        description=mapping(),
        ip_version=number(5, 4),
        languages=bytes([0, 4]),
        node_count=number(6, nodes),
        record_size=number(5, 24),
    )
    return tree + bytes(data_at) + country + b"\xab\xcd\xefMaxMind.com" + meta


def test_a_file_of_countries_is_read(tmp_path: Path) -> None:
    file = tmp_path / "countries.mmdb"
    file.write_bytes(database(mapping(country=mapping(iso_code=text("JP")))))
    country_of = countries(file)

    assert (country_of("1.2.3.4"), country_of("200.2.3.4")) == ("JP", None)
    assert lets_in(Limits(), "1.2.3.4", country_of)
    assert not lets_in(Limits(), "200.2.3.4", country_of)


def test_a_file_that_is_none_is_not_taken_for_one_that_lets_everybody_in(tmp_path: Path) -> None:
    file = tmp_path / "countries.mmdb"
    file.write_bytes(b"no database")

    with pytest.raises(InvalidDatabaseError):
        countries(file)
