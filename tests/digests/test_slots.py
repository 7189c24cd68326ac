"""A limit holds where messages begin, however long each took to get there.

In virtual time, with the gates in memory; two processes share them.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.digests.beginning import PATIENCE
from publisher.digests.lead import MOST, Lead
from publisher.digests.limits import Limits, PaceRules, RelayRules
from publisher.digests.pacing import Grant, Wait
from publisher.digests.shared_pace import SharedPace
from publisher.model.gate import Terms
from publisher.model.pace import Rate, parse_rate
from publisher.model.reply import Kind, Outcome, Phase
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


STOPPED = Outcome(kind=Kind.STOPPED, phase=Phase.RCPT)


class Commits:
    """One after the other, each for all who wait for it by then."""

    def __init__(self, spans: Sequence[float]) -> None:
        self._spans = cycle(spans)
        self._next: asyncio.Future[None] | None = None
        self._writing: asyncio.Task[None] | None = None

    async def record(self) -> None:
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        mine = self._next
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await mine

    async def _write(self) -> None:
        while self._next is not None:
            batch, self._next = self._next, None
            await asyncio.sleep(next(self._spans))
            batch.set_result(None)


class Street:
    """Messages of two processes: when each passed, and how many were turned back.

    Those are `held_up` that had begun by then.

    `spans` are the seconds that messages take, in turns; to Mail.ru as long as `other`.
    `commits` are those of the transactions that record what begins.
    """

    def __init__(
        self,
        own: PaceRules,
        spans: Sequence[float],
        other: Sequence[float] = (),
        connections: int = 12,
        commits: Sequence[float] = (0.0,),
    ) -> None:
        self.began: list[timedelta] = []
        self.others = 0
        self.turned_back = 0
        self.held_up = 0
        self._spans = {"gmail": cycle(spans), "mailru": cycle(other)}
        self._providers = ["gmail", "mailru"] if other else ["gmail"]
        self._rules = own
        self._connections = connections
        self._commits = commits
        self._clock = LoopClock()
        self._gates = Gates()

    def run(self, seconds: float) -> None:
        loop = VirtualLoop()
        try:
            loop.run_until_complete(self._both(MORNING + timedelta(seconds=seconds)))
        finally:
            loop.close()

    async def _both(self, end: datetime) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                pace = SharedPace(
                    self._rules, ByDomain(), self._gates.consult, self._clock
                )
                commits = Commits(self._commits)
                for _ in range(self._connections):
                    group.create_task(self._work(pace, commits, end))

    async def _work(self, pace: SharedPace, commits: Commits, end: datetime) -> None:
        while self._clock.now() < end:
            answers = [await pace.grant(self._providers[0])]
            if isinstance(answers[0], Wait) and self._providers[1:]:
                answers.append(await pace.grant(self._providers[1]))
            if isinstance(grant := answers[-1], Grant):
                await self._send(pace, commits, grant)
            else:
                until = min(wait.until for wait in answers if isinstance(wait, Wait))
                await pace.wait(min(until, end))

    async def _send(self, pace: SharedPace, commits: Commits, grant: Grant) -> None:
        await asyncio.sleep(next(self._spans[grant.provider]))
        if not await pace.begin(grant):
            self.turned_back += 1
            pace.report(grant, None)
            return
        await commits.record()
        if not await pace.let_pass(grant):
            self.held_up += 1
            pace.report(grant, STOPPED)
            return
        pace.report(grant, SENT)
        if grant.provider == "gmail":
            self.began.append(self._clock.now() - MORNING)
        else:
            self.others += 1


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
    street = Street(rules(RATE), [2.5] * 20 + [0.01] * 400, connections=20)
    street.run(10)

    assert most_in_a_window(street.began, RATE) <= RATE.count
    # Half of them hold their connections until two and a half seconds after that.
    assert len(street.began) >= 0.85 * RATE.count * 5
    assert street.turned_back == 0


@pytest.mark.parametrize("rate", ["1/s", "2/s", "20/s", "90/min"])
@pytest.mark.parametrize(
    ("span", "share"), [(0.0, 0.9), (0.03, 0.9), (0.2, 0.9), (0.85, 0.75)]
)
def test_a_relay_that_takes_its_time_is_given_as_many_all_the_same(
    span: float, share: float, rate: str
) -> None:
    street = Street(rules(parse_rate(rate)), [span], connections=40)
    street.run(60)

    assert len(street.began) >= share * parse_rate(rate).per_second * 60
    # The first of one process may lose to the other until that knows how long it takes.
    assert street.turned_back <= 1


def test_a_late_message_to_one_provider_holds_no_other_up() -> None:
    """It waits for a slot of its provider's, and there are plenty of all mail's."""
    own = rules(parse_rate("1/s"), whole=parse_rate("40/s"))
    street = Street(own, [0.1, 0.7], [0.01])
    street.run(20)

    assert street.others >= 0.8 * 39 * 20
    assert len(street.began) >= 8


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


def test_the_lead_gets_as_long_as_messages_take_and_fades() -> None:
    lead = Lead()
    for _ in range(20):
        lead.learn(timedelta(seconds=0.2))
    assert timedelta(seconds=0.19) < lead.span <= timedelta(seconds=0.2)
    lead.learn(timedelta(hours=9))
    assert lead.span < timedelta(seconds=0.6)
    for _ in range(40):
        lead.learn(timedelta(hours=9))
    assert timedelta(seconds=0.89) < lead.span <= MOST
    for _ in range(200):
        lead.learn(timedelta(seconds=-3))
    assert timedelta(0) <= lead.span < timedelta(seconds=0.01)


def lasting(pace_rules: PaceRules, span: float, seconds: float, down: range) -> int:
    """Return how many are sent through a relay that refuses all for some seconds."""
    clock, gates, sent = LoopClock(), Gates(), 0
    refused = Outcome(
        kind=Kind.RETRY, phase=Phase.CONNECT, text="no", ends_connection=True
    )
    end = MORNING + timedelta(seconds=seconds)

    async def work(pace: SharedPace) -> None:
        nonlocal sent
        while clock.now() < end:
            grant = await pace.grant("gmail")
            if isinstance(grant, Wait):
                await pace.wait(min(grant.until, end))
                continue
            await asyncio.sleep(span)
            if int((clock.now() - MORNING).total_seconds()) in down:
                pace.report(grant, refused)
            elif await pace.begin(grant):
                sent += 1
                pace.report(grant, SENT)
            else:
                pace.report(grant, None)

    async def all_of_it() -> None:
        pace = SharedPace(pace_rules, ByDomain(), gates.consult, clock)
        await asyncio.gather(*(work(pace) for _ in range(12)))

    loop = VirtualLoop()
    try:
        loop.run_until_complete(all_of_it())
    finally:
        loop.close()
    return sent


@pytest.mark.parametrize("span", [0.02, 0.1, 0.7])
def test_a_relay_with_a_limit_is_used_again_after_trouble(span: float) -> None:
    sent = lasting(rules(relay=parse_rate("14/s")), span, 120, range(10, 20))

    assert sent >= 0.9 * 14 * 75


def test_what_a_provider_takes_in_an_hour_goes_beside_a_limit_of_all_mail() -> None:
    own = rules(parse_rate("5/h"), whole=parse_rate("20/s"))

    assert lasting(own, 0.7, 3600, range(0)) == 5
