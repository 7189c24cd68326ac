"""Who may have how many messages under way: never more than the limit, and fairly."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.places import LEASE, TURN, WAITING, Claim, Need, assign, shares
from tests.builders import MORNING

SECOND = timedelta(seconds=1)


def claim(process: str, places: int, wanted: int, **changes: object) -> Claim:
    values: dict[str, object] = {
        "process": process,
        "places": places,
        "wanted": wanted,
        "queued_at": MORNING,
        "served_at": MORNING if places else None,
        "leased_until": MORNING + LEASE,
    }
    return Claim(**(values | changes))  # type: ignore[arg-type]


def need(process: str, limit: int, under_way: int = 0, wanted: int = 99) -> Need:
    return Need(process=process, limit=limit, under_way=under_way, wanted=wanted)


wants = st.lists(st.integers(0, 12), max_size=8)


@given(st.integers(1, 30), wants)
def test_shares_are_even_as_far_as_wanted_and_leave_nothing_idle(
    limit: int, wanted: list[int]
) -> None:
    claims = [claim(str(number), 0, each) for number, each in enumerate(wanted)]

    found = shares(limit, claims)

    assert sum(found.values()) == min(limit, sum(wanted))
    short = [each for each in claims if found[each.process] < each.wanted]
    for each in short:
        assert found[each.process] >= max(found.values()) - 1


@given(st.integers(1, 12), st.lists(st.integers(0, 4), max_size=5), st.integers(0, 20))
def test_places_given_and_held_are_never_more_than_the_limit(
    limit: int, held: list[int], wanted: int
) -> None:
    others = [claim(str(number), each, each) for number, each in enumerate(held)]

    kept, given_places = assign(others, need("me", limit, 0, wanted), MORNING)

    own = kept.places if kept else 0
    assert own == given_places.count
    assert own == 0 or own + sum(held) <= limit


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_message_under_way_never_counts_as_free(under_way: int, wanted: int) -> None:
    others = [claim("other", 3, 9)]

    kept, given_places = assign(others, need("me", 4, under_way, wanted), MORNING)

    assert (kept.places if kept else 0) >= under_way
    assert given_places.count <= 1


def test_one_process_alone_has_all_places_there_are() -> None:
    kept, found = assign([], need("me", 4), MORNING)

    assert found.count == 4
    assert kept == claim("me", 4, 99)


def test_who_holds_more_than_its_share_is_given_less_and_keeps_what_is_under_way() -> (
    None
):
    own, waiting = claim("a", 4, 4), claim("b", 0, 4)

    kept, found = assign([own, waiting], need("a", 4, 4, 4), MORNING + SECOND)

    assert found.count == 2
    assert kept is not None
    assert kept.places == 4


def test_places_of_a_dead_process_come_back_when_its_lease_is_over() -> None:
    dead = claim("dead", 4, 4)

    before = assign([dead], need("me", 4), MORNING + LEASE - SECOND)[1]
    after = assign([dead], need("me", 4), MORNING + LEASE)[1]

    assert (before.count, after.count) == (0, 4)


def test_who_wants_nothing_and_has_nothing_under_way_gives_all_back() -> None:
    kept, found = assign([claim("me", 4, 4)], need("me", 4, 0, 0), MORNING)

    assert kept is None
    assert found.count == 0


def test_who_had_its_turn_goes_to_the_end_of_the_line_and_the_next_is_served() -> None:
    own = claim("a", 1, 1)
    waiting = claim("b", 0, 1, leased_until=MORNING + TURN + WAITING)
    claims = [own, waiting]

    early = assign(claims, need("a", 1, 1, 1), MORNING + TURN - SECOND)[1]
    kept, late = assign(claims, need("a", 1, 1, 1), MORNING + TURN)
    assert kept is not None
    at_once = assign([kept, waiting], need("b", 1), MORNING + TURN)[1]
    drained, _ = assign([kept, waiting], need("a", 1, 0, 1), MORNING + TURN + SECOND)
    assert drained is not None
    after = assign([drained, waiting], need("b", 1), MORNING + TURN + SECOND)[1]

    assert (early.count, late.count) == (1, 0)
    assert (at_once.count, after.count) == (0, 1)


def test_a_process_whose_clock_was_far_ahead_keeps_no_place_from_the_others() -> None:
    ahead = claim("ahead", 5, 5, leased_until=MORNING + timedelta(days=1) + LEASE)

    kept, given = assign([ahead], need("own", 5), MORNING)

    assert given.count == 5
    assert kept is not None
