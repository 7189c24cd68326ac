"""A limit holds where messages begin, however long each took to get there.

In virtual time, with the gates in memory; two processes share them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.digests.lead import MOST, Lead
from publisher.digests.limits import Limits, PaceRules, RelayRules
from publisher.digests.pacing import Grant
from publisher.digests.shared_pace import PATIENCE, SharedPace
from publisher.model.gate import Terms
from publisher.model.pace import Rate, parse_rate
from tests.builders import MORNING
from tests.digests.test_slowing_down import SENT, ByDomain, Gates, LoopClock
from tests.model.test_pace import most_in_a_window
from tests.virtual_time import VirtualLoop

RATE = parse_rate("20/s")
SPANS = st.lists(st.floats(0, 3), min_size=1, max_size=40)


def limits(rate: Rate | None) -> Limits:
    return Limits(terms=Terms(rate=rate, backs_off=True))


def rules(
    provider: Rate | None = None, relay: Rate | None = None, whole: Rate | None = None
) -> PaceRules:
    return PaceRules(
        whole=limits(whole),
        relays=(RelayRules(name="a", limits=limits(relay)),) if relay else (),
        providers={"gmail": limits(provider)},
    )


class Street:
    """Messages of two processes: when each began, and how many were turned back."""

    def __init__(self, own: PaceRules, spans: Sequence[float]) -> None:
        self.began: list[timedelta] = []
        self.turned_back = 0
        self._spans: Iterator[float] = cycle(spans)
        self._rules = own
        self._clock = LoopClock()
        self._gates = Gates()

    def run(self, seconds: float) -> None:
        loop = VirtualLoop()
        try:
            loop.run_until_complete(self._both(MORNING + timedelta(seconds=seconds)))
        finally:
            loop.close()

    async def _both(self, end: datetime) -> None:
        both = [
            SharedPace(self._rules, ByDomain(), self._gates.consult, self._clock)
            for _ in range(2)
        ]
        await asyncio.gather(*(self._work(one, end) for one in both for _ in range(12)))

    async def _work(self, pace: SharedPace, end: datetime) -> None:
        while self._clock.now() < end:
            grant = await pace.grant("gmail")
            if not isinstance(grant, Grant):
                await pace.wait(min(grant.until, end))
                continue
            await asyncio.sleep(next(self._spans))
            if await pace.begin(grant):
                self.began.append(self._clock.now() - MORNING)
                pace.report(grant, SENT)
            else:
                self.turned_back += 1
                pace.report(grant, None)


@given(
    spans=SPANS,
    where=st.sampled_from(["provider", "relay", "whole"]),
    rate=st.sampled_from([parse_rate("1/s"), parse_rate("3/s"), RATE]),
)
def test_no_second_has_more_than_its_limit_however_long_messages_take(
    spans: list[float], where: str, rate: Rate
) -> None:
    street = Street(rules(**{where: rate}), spans)
    street.run(6)

    assert most_in_a_window(sorted(street.began), rate) <= rate.count
    assert street.began


@given(spans=SPANS)
def test_the_limits_of_all_gates_that_a_message_passes_hold(
    spans: list[float],
) -> None:
    whole, relay, provider = map(parse_rate, ("30/s", "600/min", "17/s"))
    street = Street(rules(provider, relay, whole), spans)
    street.run(8)

    for rate in (whole, relay, provider):
        assert most_in_a_window(sorted(street.began), rate) <= rate.count


def test_what_was_held_up_in_the_first_second_does_not_come_on_top() -> None:
    """As when the first connections to a relay take long to open."""
    street = Street(rules(RATE), [2.5] * 20 + [0.01] * 400)
    street.run(10)

    assert most_in_a_window(street.began, RATE) <= RATE.count
    assert len(street.began) >= 0.85 * RATE.count * 7
    assert street.turned_back == 0


@pytest.mark.parametrize("rate", ["1/s", "2/s", "20/s", "90/min"])
@pytest.mark.parametrize("span", [0.0, 0.03, 0.2, 0.85])
def test_a_relay_that_takes_its_time_is_given_as_many_all_the_same(
    span: float, rate: str
) -> None:
    street = Street(rules(parse_rate(rate)), [span])
    street.run(60)

    assert len(street.began) >= 0.9 * parse_rate(rate).per_second * 60
    # The first of one process may lose to the other until that knows how long it takes.
    assert street.turned_back <= 1


def test_a_message_that_misses_its_slot_by_far_goes_back_to_the_queue() -> None:
    street = Street(rules(parse_rate("1/min")), [15.0])
    street.run(120)

    assert street.turned_back >= 1
    assert most_in_a_window(street.began, parse_rate("1/min")) <= 1


def test_a_slot_of_an_hour_is_good_while_a_connection_is_opened() -> None:
    street = Street(rules(parse_rate("5/h")), [8.0])
    street.run(3600)

    assert len(street.began) == 5
    assert street.turned_back == 0


def test_without_a_limit_nothing_waits_where_it_begins() -> None:
    street = Street(rules(), [PATIENCE.total_seconds() * 2])
    street.run(60)

    assert len(street.began) == 24 * 6


def test_the_lead_is_as_long_as_messages_take_and_fades() -> None:
    lead = Lead()
    lead.learn(timedelta(seconds=0.2))
    assert lead.span == timedelta(seconds=0.2)
    lead.learn(timedelta(seconds=9))
    assert lead.span == MOST
    for _ in range(200):
        lead.learn(timedelta(seconds=0.01))
    assert timedelta(seconds=0.01) <= lead.span < timedelta(seconds=0.02)
    lead.learn(timedelta(seconds=-3))
    assert lead.span >= timedelta(0)
