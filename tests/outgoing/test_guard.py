"""Nobody outside can make us ask a machine that is not public."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import OutgoingError
from publisher.outgoing.guard import Guard, is_public

INTERNAL = [
    *("127.0.0.1", "127.8.9.10", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8"),
    *("198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("192.88.99.1", "192.0.2.1", "198.51.100.1", "203.0.113.1"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1"),
    *("fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::"),
    *("2001:db8::1", "64:ff9b:1:7f00:0:100:808:808"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"]


def names(*addresses: str) -> Guard:
    return Guard(lambda host, port: addresses if host and port else ())


@pytest.mark.parametrize("text", INTERNAL)
def test_an_internal_address_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(OutgoingError, match="no public address"):
        names(text).addresses("host.example", 80, is_trusted=False)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_let_through(text: str) -> None:
    assert names(text).addresses("host.example", 80, is_trusted=False) == [text]


def test_one_internal_address_among_public_ones_refuses_the_host() -> None:
    with pytest.raises(OutgoingError, match=r"10\.0\.0\.1"):
        names("8.8.8.8", "10.0.0.1").addresses("host.example", 80, is_trusted=False)


def test_what_the_operator_named_may_be_anywhere() -> None:
    assert names("10.0.0.1").addresses("hub", 80, is_trusted=True) == ["10.0.0.1"]


def test_a_network_may_be_allowed_for_development() -> None:
    guard = Guard(lambda _host, _port: ["127.0.0.1"], [ip_network("127.0.0.0/8")])

    assert guard.addresses("localhost", 80, is_trusted=False) == ["127.0.0.1"]


def test_a_zone_of_an_interface_changes_nothing() -> None:
    with pytest.raises(OutgoingError, match="fe80::1"):
        names("fe80::1%eth0").addresses("host.example", 80, is_trusted=False)


def test_a_host_that_cannot_be_found_is_told() -> None:
    def fails(host: str, port: int) -> Sequence[str]:
        msg = f"no {host}:{port}"
        raise OSError(msg)

    with pytest.raises(OutgoingError, match="cannot be found"):
        Guard(fails).addresses("none.example", 80, is_trusted=False)
    with pytest.raises(OutgoingError, match="has no address"):
        names().addresses("none.example", 80, is_trusted=False)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_as_public_as_the_one_inside(inside: IPv4Address) -> None:
    mapped = IPv6Address(f"::ffff:{inside}")
    translated = IPv6Address(int(ip_address("64:ff9b::")) + int(inside))

    assert is_public(mapped) == is_public(translated) == is_public(inside)


@given(st.ip_addresses())
def test_what_is_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_loopback or address.is_link_local:
        is_mapped = address.version == 6 and address.ipv4_mapped is not None
        assert not is_public(address) or is_mapped
