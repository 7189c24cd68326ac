"""Providers take turns; one that must wait holds nobody up."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.digests.paced_queue import KEPT, PacedQueue
from publisher.digests.pacing import FreePace, Grant, Wait
from publisher.model.reply import Outcome
from tests.builders import MORNING

SECOND = timedelta(seconds=1)


class ShutPace(FreePace):
    """Makes some providers wait until an instant; waiting moves the clock."""

    def __init__(self, clock: SteppedClock, shut: dict[str, datetime]) -> None:
        self.clock = clock
        self.shut = shut
        self.unused: list[Grant] = []

    @override
    def provider_of(self, address: str) -> str:
        return address.rpartition("@")[2]

    @override
    async def grant(self, provider: str) -> Grant | Wait:
        until = self.shut.get(provider, MORNING)
        if until > self.clock.now():
            return Wait(until, f"{provider} bucket empty")
        return Grant(provider)

    @override
    def report(self, grant: Grant, outcome: Outcome | None) -> None:
        self.unused.append(grant)

    @override
    async def wait(self, until: datetime) -> None:
        self.clock.move_to(until)


async def taken(
    addresses: Iterable[str], shut: dict[str, datetime]
) -> tuple[list[str], PacedQueue[str]]:
    clock = SteppedClock(MORNING)
    queue = PacedQueue[str](ShutPace(clock, shut), clock, lambda: False, 10 * SECOND)
    await queue.fill(addresses, str)
    found = []
    while (answer := await queue.take()) is not None:
        if not isinstance(answer, Wait):
            found.append(answer[0])
        elif not await queue.wait(answer):
            break
    return found, queue


async def test_providers_take_turns() -> None:
    found, queue = await taken(["1@a", "2@a", "3@a", "4@b", "5@c"], {})

    assert found == ["1@a", "4@b", "5@c", "2@a", "3@a"]
    assert queue.again is None


async def test_a_provider_that_must_wait_a_little_goes_last() -> None:
    shut = {"a": MORNING + 5 * SECOND}
    found, queue = await taken(["1@a", "2@b", "3@b", "4@a"], shut)

    assert found == ["2@b", "3@b", "1@a", "4@a"]
    assert queue.again is None


async def test_what_must_wait_long_is_given_back_with_the_reason() -> None:
    shut = {"a": MORNING + 40 * SECOND, "b": MORNING + 60 * SECOND}
    found, queue = await taken(["1@a", "2@b", "3@c"], shut)

    assert found == ["3@c"]
    assert queue.again == Wait(MORNING + 40 * SECOND, "a bucket empty")


class SlowPace(ShutPace):
    """Lets a provider have one message in five seconds."""

    @override
    async def grant(self, provider: str) -> Grant | Wait:
        answer = await super().grant(provider)
        if isinstance(answer, Grant):
            self.shut[provider] = self.clock.now() + 5 * SECOND
        return answer


async def test_what_goes_slowly_is_given_back_so_that_others_have_its_place() -> None:
    clock = SteppedClock(MORNING)
    pace = SlowPace(clock, {})
    queue = PacedQueue[str](pace, clock, lambda: False)
    await queue.fill([f"{number}@a" for number in range(100)], str)

    found = 0
    while (answer := await queue.take()) is not None:
        if not isinstance(answer, Wait):
            found += 1
        elif not await queue.wait(answer):
            break

    assert found == KEPT // (5 * SECOND) + 1
    assert queue.again is not None
    assert queue.left == 100 - found
