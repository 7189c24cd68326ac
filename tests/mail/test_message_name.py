"""A message's name says whether it is a delivery or a letter, and of which store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.message_id import find_key, key_in_message_id, make_message_id
from publisher.mail.message_name import (
    DeliveryName,
    LetterName,
    MessageName,
    name_in_key,
)

SECRET = b"a secret of these tests"
NUMBERS = st.integers(1, 10**15 - 1)
GENERATIONS = st.integers(0, 2**32 - 1)
DELIVERIES = st.builds(DeliveryName, NUMBERS, GENERATIONS)
LETTERS = st.builds(LetterName, NUMBERS, GENERATIONS)


def key_of(name: MessageName, segment_id: int = 7) -> str:
    return name.key(segment_id) if isinstance(name, DeliveryName) else str(name)


@given(DELIVERIES | LETTERS, st.integers(1, 2**31))
def test_the_key_of_a_message_id_names_its_message(
    name: MessageName, segment_id: int
) -> None:
    key = key_of(name, segment_id)

    written = make_message_id(key, SECRET, "gazeta.example")

    assert key_in_message_id(written, SECRET) == key
    assert name_in_key(key) == name
    assert find_key(f"Subject: x\r\nMessage-ID: {written}\r\n\r\n".encode()) == key


@given(st.lists(DELIVERIES | LETTERS, unique=True, max_size=8))
def test_different_messages_have_different_names(names: list[MessageName]) -> None:
    assert len({str(name) for name in names}) == len(names)
    assert len({key_of(name) for name in names}) == len(names)


def test_a_name_is_read_with_ease() -> None:
    assert str(DeliveryName(1207)) == "1207"
    assert str(DeliveryName(1207, 0x5EED0001)) == "1207-5eed0001"
    assert str(LetterName(12)) == "letter-12"
    assert str(LetterName(12, 0x5EED0001)) == "letter-12-5eed0001"


@pytest.mark.parametrize(
    "key", ["", "12", "letter-", "letter-x", "letter-12-5eed", "d12-7", "letter-1-7-8"]
)
def test_any_other_key_names_nothing(key: str) -> None:
    assert name_in_key(key) is None


@pytest.mark.parametrize("message", [b"", b"Subject: x\r\n\r\n", b"X-Message-ID: <1."])
def test_a_message_without_an_id_of_ours_has_no_key(message: bytes) -> None:
    assert find_key(message) is None
