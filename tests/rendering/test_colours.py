"""Any accent a newsroom picks can be read on any ground."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.rendering.colours import READABLE, contrast, is_colour, readable

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours, colours)
def test_a_readable_colour_has_contrast_enough(colour: str, ground: str) -> None:
    assert contrast(readable(colour, ground), ground) >= READABLE


@given(colours)
def test_a_colour_that_can_be_read_is_left_alone(colour: str) -> None:
    ground = "#ffffff"

    if contrast(colour, ground) >= READABLE:
        assert readable(colour, ground) == colour


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#767676", "#ffffff", 4.54),
        ("#ffffff", "#ffffff", 1.0),
    ],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == ratio
    assert round(contrast(other, one), 2) == ratio


def test_a_colour_is_six_hexadecimal_digits() -> None:
    assert is_colour("#9E1b20")
    assert not any(
        is_colour(text) for text in ("red", "#9e1", "#9e1b20;", "9e1b20", "")
    )
