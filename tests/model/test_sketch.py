"""A sketch counts what is distinct, in any order, in parts, and however often."""

import hashlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.sketch import EMPTY, estimate, joined, sketch_of
from tests.effort import effort

THINGS = st.lists(st.integers(0, 300), max_size=60)


def hashes(things: Iterable[int]) -> list[int]:
    return [
        int.from_bytes(hashlib.blake2b(str(thing).encode(), digest_size=8).digest())
        for thing in things
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 10, 100, 1000, 10_000, 50_000])
def test_the_estimate_is_near_the_truth(count: int) -> None:
    found = estimate(sketch_of(hashes(range(count))))

    assert abs(found - count) <= 0.05 * count


@effort(60)
@given(THINGS, THINGS)
def test_sketches_made_apart_join_to_the_one_of_everything(
    one: list[int], other: list[int]
) -> None:
    whole = sketch_of(hashes(one + other))

    assert joined(sketch_of(hashes(one)), sketch_of(hashes(other))) == whole
    assert joined(sketch_of(hashes(other)), sketch_of(hashes(one))) == whole


@effort(60)
@given(THINGS)
def test_what_comes_again_changes_nothing(things: list[int]) -> None:
    once = sketch_of(hashes(things))

    assert joined(once, once) == joined(once, EMPTY) == once
    assert sketch_of(hashes(things * 3)) == once


def test_the_largest_and_the_smallest_hash_are_taken() -> None:
    assert estimate(sketch_of([0, 2**64 - 1])) == 2
