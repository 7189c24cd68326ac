"""A receiver that takes R messages a second is given nearly R, and hardly one more.

Virtual time: minutes of sending, at a rate that no machine need keep up with.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from publisher.clock import Clock
from publisher.digests.limits import Limits, PaceRules, RelayRules
from publisher.digests.pacing import Grant
from publisher.digests.shared_pace import SharedPace
from publisher.model.gate import Answer, Gate, Order, Terms
from publisher.model.passage import answer
from publisher.model.reply import Kind, Outcome, Phase
from tests.builders import MORNING
from tests.virtual_time import VirtualLoop

SENT = Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250)
TOO_FAST = Outcome(
    kind=Kind.RETRY, phase=Phase.RCPT, code=421, status="4.7.0", ends_connection=True
)
REACTS = Limits(terms=Terms(backs_off=True, breaks=True))
RULES = PaceRules(providers={"gmail": REACTS, "mailru": REACTS})
BY_RELAY = replace(
    RULES, relays=(RelayRules(name="a", limits=Limits(terms=Terms(backs_off=True))),)
)


@pytest.fixture
def anyio_backend() -> object:
    return ("asyncio", {"loop_factory": VirtualLoop})


class LoopClock:
    """Tells the loop's time."""

    def now(self) -> datetime:
        loop = asyncio.get_running_loop()
        return MORNING + timedelta(seconds=loop.time())


class ByDomain:
    def group_of(self, address: str) -> str:
        return address.rpartition("@")[2]

    async def learn(self, addresses: Iterable[str]) -> None:
        """Nothing to learn."""


class Gates:
    """Keeps gates in memory, by the same decisions as the store."""

    def __init__(self) -> None:
        self.gates: dict[str, Gate] = {}

    async def consult(
        self, orders: Sequence[Order], now: datetime
    ) -> Mapping[str, Answer]:
        found = {}
        for order in orders:
            before = self.gates.get(order.key, Gate(key=order.key))
            found[order.key] = answer(before, order, {}, now)
            self.gates[order.key] = found[order.key].gate
        return found


class Receiver:
    """Takes `limit` messages in any second, and answers 421 above that."""

    def __init__(self, limit: int, clock: Clock, too_fast: Outcome = TOO_FAST) -> None:
        self.limit = limit
        self.too_fast = too_fast
        self.clock = clock
        self.taken: deque[datetime] = deque()
        self.counts: Counter[str] = Counter()
        self.by_minute: Counter[int] = Counter()

    def take(self) -> Outcome:
        now = self.clock.now()
        while self.taken and now - self.taken[0] >= timedelta(seconds=1):
            self.taken.popleft()
        if len(self.taken) >= self.limit:
            self.counts["deferred"] += 1
            return self.too_fast
        self.taken.append(now)
        self.counts["sent"] += 1
        self.by_minute[int((now - MORNING).total_seconds() // 60)] += 1
        return SENT


async def send_for(
    pace: SharedPace,
    clock: Clock,
    receivers: Mapping[str, Receiver],
    minutes: int,
    takes: float = 0.02,
) -> None:
    """Send as fast as is granted, eight connections for each provider."""
    end = MORNING + timedelta(minutes=minutes)

    async def work(provider: str) -> None:
        while clock.now() < end:
            granted = await pace.grant(provider)
            if not isinstance(granted, Grant):
                await pace.wait(min(granted.until, end))
                continue
            await asyncio.sleep(takes / 2)
            outcome = receivers[provider].take()
            await asyncio.sleep(takes / 2)
            pace.report(granted, outcome)

    await asyncio.gather(*(work(provider) for provider in receivers for _ in range(8)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "limit",
    [
        10,
        pytest.param(40, marks=pytest.mark.slow),
        pytest.param(80, marks=pytest.mark.slow),
    ],
)
async def test_a_receiver_is_held_at_what_it_takes(limit: int) -> None:
    clock = LoopClock()
    pace = SharedPace(RULES, ByDomain(), Gates().consult, clock)
    receiver = Receiver(limit, clock)

    await send_for(pace, clock, {"gmail": receiver}, minutes=6)

    counts = receiver.counts
    for minute in range(1, 6):
        assert 0.9 <= receiver.by_minute[minute] / (60 * limit) <= 1.0
    assert counts["deferred"] < 0.02 * counts.total()


@pytest.mark.slow
async def test_a_relay_is_held_at_what_it_takes_whoever_the_messages_are_for() -> None:
    """It says so at MAIL, before it has heard for whom."""
    clock, gates = LoopClock(), Gates()
    pace = SharedPace(BY_RELAY, ByDomain(), gates.consult, clock)
    relay = Receiver(20, clock, replace(TOO_FAST, phase=Phase.MAIL))

    await send_for(pace, clock, {"gmail": relay, "mailru": relay}, minutes=6)

    for minute in range(1, 6):
        assert 0.9 <= relay.by_minute[minute] / (60 * relay.limit) <= 1.0
    assert relay.counts["deferred"] < 0.02 * relay.counts.total()
    assert gates.gates["provider:gmail"].level is None


@pytest.mark.slow
async def test_other_providers_do_not_notice() -> None:
    clock = LoopClock()
    pace = SharedPace(RULES, ByDomain(), Gates().consult, clock)
    strict, easy = Receiver(20, clock), Receiver(10_000, clock)

    await send_for(pace, clock, {"gmail": strict, "mailru": easy}, 1, takes=0.1)

    # Eight connections of a tenth of a second a message could take 80 a second.
    assert easy.counts["sent"] >= 0.95 * 80 * 60
    assert easy.counts["deferred"] == 0


@pytest.mark.slow
async def test_a_limit_that_is_lifted_is_found_again() -> None:
    clock = LoopClock()
    gates = Gates()
    pace = SharedPace(RULES, ByDomain(), gates.consult, clock)
    receiver = Receiver(20, clock)
    await send_for(pace, clock, {"gmail": receiver}, minutes=2)
    receiver.limit = 10_000

    await send_for(pace, clock, {"gmail": receiver}, minutes=14)

    assert gates.gates["provider:gmail"].level is None
