"""A body is encoded once, and laid out once for all values of the same lengths."""

import binascii

from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.splice import LAYOUTS_KEPT, LINE_LENGTH, splice
from publisher.rendering.slots import CLOSE, OPEN

TEXTS = st.text("абвəқ abc%&\n", max_size=120)
VALUES = st.binary(max_size=150)


def slot(name: str) -> str:
    return f"{OPEN}{name}{CLOSE}"


def decoded(pieces: list[bytes]) -> bytes:
    """Return what base64 lines hold, as a mail program reads them."""
    whole = b"".join(pieces)
    lines = whole.split(b"\r\n")
    assert lines.pop() == b""
    assert all(0 < len(line) <= LINE_LENGTH for line in lines)
    return b"".join(map(a2b, lines))


def a2b(line: bytes) -> bytes:
    return binascii.a2b_base64(line, strict_mode=True)


@given(st.lists(st.tuples(TEXTS, VALUES), max_size=6), TEXTS)
def test_every_value_stands_in_its_place(
    filled: list[tuple[str, bytes]], ending: str
) -> None:
    names = [f"v_{'x' * number}" for number, _ in enumerate(filled)]
    before = [text for text, _ in filled]
    body = splice(
        "".join(f"{text}{slot(name)}" for text, name in zip(before, names, strict=True))
        + ending
    )
    values = dict(zip(names, (value for _, value in filled), strict=True))

    for _ in range(2):  # Laid out anew, and as laid out before.
        assert decoded(body.fill(values)) == b"".join(
            [*(in_crlf(text) + value for text, value in filled), in_crlf(ending)]
        )


def in_crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def test_values_of_more_lengths_than_are_remembered_stand_in_their_places() -> None:
    body = splice(f"Кому: {slot('address')}, 100 %\n")

    for length in (*range(LAYOUTS_KEPT + 5), 3):
        text = decoded(body.fill({"address": b"a" * length}))

        assert text == in_crlf(f"Кому: {'a' * length}, 100 %\n")
