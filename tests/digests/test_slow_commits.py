"""A limit holds at the dot, however long the commit before it takes (law 10, law 13).

In virtual time; two processes share the gates.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.clock import SteppedClock
from publisher.model.pace import Rate, parse_rate
from publisher.store import Store
from tests.digests.test_shared_pace import Process
from tests.digests.test_slots import Street, rules
from tests.model.test_pace import most_in_a_window

RATES = [parse_rate(text) for text in ("1/s", "3/s", "20/s", "90/min")]


def jittering(seconds: float) -> list[float]:
    """Return how long commits take: half to twice as long, each in its turn."""
    return [seconds * share for share in (0.5, 1.4, 0.8, 2.0, 0.6, 1.0, 1.2, 0.7)]


@given(
    spans=st.lists(st.floats(0, 3), min_size=1, max_size=20),
    commits=st.lists(st.floats(0, 2), min_size=1, max_size=20),
    where=st.sampled_from(["provider", "relay", "whole"]),
    rate=st.sampled_from(RATES),
)
def test_no_window_has_more_than_its_limit_however_long_commits_take(
    spans: list[float], commits: list[float], where: str, rate: Rate
) -> None:
    street = Street(rules(**{where: rate}), spans, commits=commits)
    street.run(8)

    assert most_in_a_window(sorted(street.began), rate) <= rate.count


@pytest.mark.parametrize("rate", ["1/s", "20/s", "90/min"])
@pytest.mark.parametrize(
    ("commits", "share", "in_vain"),
    [
        ([0.04], 0.9, 0.02),
        (jittering(0.04), 0.9, 0.02),
        ([0.2], 0.9, 0.02),
        (jittering(0.2), 0.9, 0.03),
        (jittering(0.9), 0.35, 0.35),
    ],
)
def test_most_of_a_limit_and_no_more_is_used_while_commits_take_their_time(
    commits: list[float], share: float, in_vain: float, rate: str
) -> None:
    """A commit of a second is longer than messages set out before their slots."""
    limit = parse_rate(rate)
    seconds = min(900 / limit.per_second, 300)
    street = Street(rules(limit), [0.02], connections=30, commits=commits)
    street.run(seconds)

    assert most_in_a_window(street.began, limit) <= limit.count
    assert len(street.began) >= share * limit.per_second * seconds
    assert street.held_up <= in_vain * len(street.began)


async def test_a_message_that_has_begun_is_stopped_where_the_gates_cannot_be_asked(
    sqlite_store: Store, clock: SteppedClock
) -> None:
    """An error would leave in doubt what was never sent."""
    own = rules(parse_rate("1/s"))
    process = Process(sqlite_store, clock, own)
    grant = await process.granted()
    assert await process.pace.begin(grant)
    clock.move(timedelta(seconds=30))
    sqlite_store.transact(lambda tx: tx.exec_driver_sql("ALTER TABLE gate RENAME TO g"))

    try:
        assert not await process.pace.let_pass(grant)
    finally:
        sqlite_store.transact(
            lambda tx: tx.exec_driver_sql("ALTER TABLE g RENAME TO gate")
        )
