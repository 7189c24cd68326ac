"""A return address names its delivery, and only we can make one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import HeaderError
from publisher.mail.return_path import delivery_in_return_path, make_return_path

SECRET = b"a secret of these tests"
ADDRESS = "b+@bounces.vestnik.example"
DELIVERIES = st.integers(1, 2**48 - 1)


@given(DELIVERIES)
def test_a_return_address_names_its_delivery(delivery_id: int) -> None:
    address = make_return_path(ADDRESS, delivery_id, SECRET)

    local, _, domain = address.partition("@")
    assert domain == "bounces.vestnik.example"
    assert len(local) == 26
    assert local == local.lower()
    assert delivery_in_return_path(address, SECRET) == delivery_id
    assert make_return_path(ADDRESS, delivery_id, SECRET) == address


@given(
    DELIVERIES, st.integers(2, 25), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567")
)
def test_a_changed_token_is_nobodys(delivery_id: int, place: int, letter: str) -> None:
    address = make_return_path(ADDRESS, delivery_id, SECRET)
    changed = address[:place] + letter + address[place + 1 :]

    found = delivery_in_return_path(changed, SECRET)

    assert found == (delivery_id if changed == address else None)


@pytest.mark.parametrize(
    "wrapped",
    [
        "{0}",
        "<{0}>",
        "B+{1}@BOUNCES.VESTNIK.EXAMPLE",
        "prvs=0123456789={0}",
        "SRS0=HHH=TT=bounces.vestnik.example=b+{1}@relay.example",
        "SRS1=HHH=relay.example==HHH=TT=bounces.vestnik.example=b+{1}@other.example",
    ],
)
def test_what_relays_wrap_around_it_does_not_hide_it(wrapped: str) -> None:
    address = make_return_path(ADDRESS, 1842, SECRET)
    token = address[2:26].upper()

    assert delivery_in_return_path(wrapped.format(address, token), SECRET) == 1842


def test_another_secret_made_another_address() -> None:
    address = make_return_path(ADDRESS, 1842, b"the secret of somebody else")

    assert delivery_in_return_path(address, SECRET) is None
    assert delivery_in_return_path("news@vestnik.example", SECRET) is None
    assert delivery_in_return_path("", SECRET) is None


def test_an_address_without_a_place_for_it_gets_no_token() -> None:
    plain = "bounces@vestnik.example"

    assert make_return_path(plain, 1842, SECRET) == plain


def test_a_local_part_that_would_be_too_long_is_refused() -> None:
    with pytest.raises(HeaderError, match="longer than 64; choose a shorter one"):
        make_return_path(f"{'b' * 40}+@vestnik.example", 1842, SECRET)
