"""Whatever crosses whatever else on PostgreSQL, nobody waits in a circle."""

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement

import pytest

from publisher.store import Transaction
from tests.store.crossing import crossings
from tests.store.newsroom import Newsroom
from tests.store.rush_hour import RushHour

WORKS: Sequence[Callable[[RushHour, Transaction], None]] = (
    *(RushHour.erase_anna, RushHour.erase_bolat, RushHour.forget),
    *(RushHour.change_anna, RushHour.leave),
    *(RushHour.end_pauses, RushHour.move),
    *(RushHour.let_deliveries_go, RushHour.send_again, RushHour.plan),
    *(RushHour.close, RushHour.lease, RushHour.replace),
    *(RushHour.expire_older, RushHour.take_as_sent, RushHour.settle_mixed),
    *(RushHour.settle_mixed_the_other_way, RushHour.settle_as_usual),
)
"""Those of many statements first: of each pair the former is stopped after each."""


@pytest.mark.slow
@pytest.mark.postgres
def test_nothing_that_crosses_anything_else_is_ended_for_a_deadlock(
    newsroom_on_postgres: Newsroom,
) -> None:
    scene = RushHour(newsroom_on_postgres)

    ended = [
        f"{one.__name__}, {other.__name__}: {said}"
        for one, other in combinations_with_replacement(WORKS, 2)
        for said, is_through in crossings(
            scene.store, one.__get__(scene), other.__get__(scene)
        )
        if not is_through
    ]

    assert ended == []
