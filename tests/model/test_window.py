"""A busy day pushes nothing out of a feed between two polls, and a feed stays small."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.window import Moment, Window
from tests.builders import MORNING
from tests.effort import effort

MINUTE = timedelta(minutes=1)
POLL = 30
BURST = 120
SIZE = 8_000
"""Bytes of an article in full: 3,300 Cyrillic letters and what is around them."""


def moments(minutes: list[int]) -> list[Moment]:
    """Return when articles were published, newest first."""
    dated = [(MORNING + m * MINUTE, number) for number, m in enumerate(minutes, 1)]
    return sorted(dated, reverse=True)


def held(window: Window, published: list[Moment], size: int) -> set[int]:
    """Return what a feed of articles of one size holds."""
    chosen = window.choose(published[: window.limit], published[: window.returning])
    return set(chosen[: window.fit(size for _ in chosen)])


@pytest.mark.slow
@effort(100)
@given(
    quiet=st.lists(st.integers(0, 600), max_size=60),
    bursts=st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True),
    phase=st.integers(0, POLL - 1),
)
def test_a_reader_that_polls_each_half_hour_misses_nothing_of_a_burst(
    quiet: list[int], bursts: list[int], phase: int
) -> None:
    in_bursts = [60 * hour + n * 60 // BURST for hour in bursts for n in range(BURST)]
    published = moments(sorted([*quiet, *in_bursts]))
    got: set[int] = set()

    for poll in range(phase, 700, POLL):
        now = MORNING + poll * MINUTE
        got |= held(Window(), [(at, n) for at, n in published if at <= now], SIZE)

    busiest = max(
        sum(start <= at < start + POLL * MINUTE for at, _ in published)
        for start, _ in published
    )
    # The cap on bytes holds 125 such articles; no half hour brought more.
    if busiest <= Window().max_bytes // SIZE:
        assert got == {number for _, number in published}


@effort(100)
@given(st.lists(st.integers(1, 400_000), max_size=250))
def test_a_document_is_cut_at_its_size_and_never_empty(sizes: list[int]) -> None:
    window = Window()

    count = window.fit(sizes)

    assert count == 0 if not sizes else count >= 1
    assert count == 1 or sum(sizes[:count]) <= window.max_bytes
    # Nothing that would still fit is left out.
    assert count == len(sizes) or sum(sizes[: count + 1]) > window.max_bytes


@effort(100)
@given(
    st.lists(st.integers(0, 20_000), min_size=1, max_size=80),
    st.dictionaries(st.integers(1, 80), st.integers(0, 20_000), max_size=30),
)
def test_what_comes_back_is_held_besides_the_newest(
    minutes: list[int], edits: dict[int, int]
) -> None:
    window = Window(items=10, limit=30, returning=5)
    published = moments(minutes)
    shown = {number: at for at, number in published}
    for number, minute in edits.items():
        if number in shown:
            shown[number] = max(shown[number], MORNING + minute * MINUTE)
    last = sorted(((at, number) for number, at in shown.items()), reverse=True)

    chosen = window.choose(published[: window.limit], last[: window.returning])

    newest = {n for _, n in published[: window.count([at for at, _ in published])]}
    assert newest <= set(chosen)
    assert len(chosen) == len(set(chosen)) <= len(newest) + window.returning
    assert {n for at, n in last[:5] if at >= last[0][0] - window.span} <= set(chosen)
