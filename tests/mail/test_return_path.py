"""A return address names its message, and only we can make one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import HeaderError
from publisher.mail.message_name import DeliveryName, LetterName, MessageName
from publisher.mail.return_path import make_return_path, name_in_return_path

SECRET = b"a secret of these tests"
ADDRESS = "b+@bounces.vestnik.example"
NUMBERS = st.integers(1, 2**48 - 1)
KINDS = st.sampled_from([DeliveryName, LetterName])
FIRST = st.builds(lambda kind, number: kind(number), KINDS, NUMBERS)
LATER = st.builds(
    lambda kind, *name: kind(*name), KINDS, NUMBERS, st.integers(1, 2**32 - 1)
)
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz234567")
NAME = DeliveryName(1842)


@given(FIRST)
def test_a_return_address_names_its_message(name: MessageName) -> None:
    address = make_return_path(ADDRESS, name, SECRET)

    local, _, domain = address.partition("@")
    assert domain == "bounces.vestnik.example"
    assert len(local) == 26
    assert local == local.lower()
    assert name_in_return_path(address, SECRET) == name
    assert make_return_path(ADDRESS, name, SECRET) == address


@given(LATER)
def test_it_names_the_generation_of_a_store_that_was_set_back(
    name: MessageName,
) -> None:
    address = make_return_path(ADDRESS, name, SECRET)

    assert len(address.partition("@")[0]) == 34
    assert name_in_return_path(address, SECRET) == name
    assert name_in_return_path(address[:26] + "@g.example", SECRET) is None


@given(FIRST | LATER, st.integers(2, 33), LETTERS)
def test_a_changed_token_is_nobodys(name: MessageName, place: int, letter: str) -> None:
    address = make_return_path(ADDRESS, name, SECRET)
    if place >= address.index("@"):
        place -= 8
    changed = address[:place] + letter + address[place + 1 :]

    found = name_in_return_path(changed, SECRET)

    assert found == (name if changed == address else None)


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
    address = make_return_path(ADDRESS, NAME, SECRET)
    token = address[2:26].upper()

    assert name_in_return_path(wrapped.format(address, token), SECRET) == NAME


def test_another_secret_made_another_address() -> None:
    address = make_return_path(ADDRESS, NAME, b"the secret of somebody else")

    assert name_in_return_path(address, SECRET) is None
    assert name_in_return_path("news@vestnik.example", SECRET) is None
    assert name_in_return_path("", SECRET) is None


def test_an_address_without_a_place_for_it_gets_no_token() -> None:
    plain = "bounces@vestnik.example"

    assert make_return_path(plain, NAME, SECRET) == plain


def test_a_local_part_that_would_be_too_long_is_refused() -> None:
    with pytest.raises(HeaderError, match="longer than 64; choose a shorter one"):
        make_return_path(f"{'b' * 40}+@vestnik.example", NAME, SECRET)
