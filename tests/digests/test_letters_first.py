"""Letters go before digests, and digests go on all the same.

In virtual time: ten thousand messages at one a second take none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from typing_extensions import override

from publisher.clock import Clock
from publisher.digests.letters_first import MOST_IN_A_ROW, MOST_IN_LINE, LettersFirst
from publisher.digests.paced_queue import PacedQueue
from publisher.digests.pacing import FreePace, Grant, Wait
from tests.builders import MORNING
from tests.effort import effort
from tests.virtual_time import VirtualLoop

SECOND = timedelta(seconds=1)
PATIENCE = 20 * SECOND


class LoopClock(Clock):
    """Tells the time of the loop."""

    @override
    def now(self) -> datetime:
        return MORNING + timedelta(seconds=asyncio.get_running_loop().time())


class ScarcePace(FreePace):
    """Lets one message of a provider go every so often, and one of all mail."""

    def __init__(self, spans: dict[str, timedelta], of_all: timedelta) -> None:
        self.clock = LoopClock()
        self.spans = spans
        self.of_all = of_all
        self.next_at: dict[str, datetime] = {}
        self.unused: list[Grant] = []

    @override
    def provider_of(self, address: str) -> str:
        return address.rpartition("@")[2]

    @override
    async def grant(self, provider: str) -> Grant | Wait:
        await asyncio.sleep(0)  # The store is asked.
        now = self.clock.now()
        free_at = max(self.next_at.get(key, now) for key in (provider, "all mail"))
        if free_at > now:
            return Wait(free_at, "bucket empty")
        self.next_at[provider] = now + self.spans.get(provider, timedelta(0))
        self.next_at["all mail"] = now + self.of_all
        return Grant(provider)

    @override
    def report(self, grant: Grant, outcome: object) -> None:
        self.unused.append(grant)

    @override
    async def wait(self, until: datetime) -> None:
        await asyncio.sleep(max(0.0, (until - self.clock.now()).total_seconds()))


class Street:
    """Digests and letters that leave, with the second and the kind of each."""

    def __init__(self, spans: dict[str, timedelta], of_all: timedelta) -> None:
        self.scarce = ScarcePace(spans, of_all)
        self.pace = LettersFirst(self.scarce, self.scarce.clock)
        self.left: list[tuple[float, str]] = []
        self.is_over = False

    def note(self, what: str) -> None:
        self.left.append((asyncio.get_running_loop().time(), what))

    async def send_digests(self, addresses: list[str], workers: int) -> None:
        queue = PacedQueue[str](
            self.pace, self.scarce.clock, lambda: self.is_over, timedelta(days=1)
        )
        await queue.fill(addresses, str)

        async def work() -> None:
            while (taken := await queue.take()) is not None:
                if isinstance(taken, Wait):
                    await queue.wait(taken)
                else:
                    self.note(taken[0])

        await asyncio.gather(*(work() for _ in range(workers)))

    async def send_letter(self, at: float, provider: str) -> None:
        await asyncio.sleep(at)
        await self._stand_in_line(provider)
        self.note(f"letter {at}")

    async def _stand_in_line(self, provider: str) -> None:
        answer = await self.pace.grant_letter(provider, PATIENCE)
        if isinstance(answer, Wait):
            await self.scarce.wait(answer.until)
            await self._stand_in_line(provider)


def through(work: Callable[[], Awaitable[None]]) -> None:
    loop = VirtualLoop()
    try:
        loop.run_until_complete(work())
    finally:
        loop.close()


def test_a_letter_leaves_next_while_ten_thousand_digests_queue() -> None:
    street = Street({"gmail.com": SECOND}, timedelta(0))

    async def work() -> None:
        digests = asyncio.create_task(
            street.send_digests([f"{n}@gmail.com" for n in range(10_000)], workers=20)
        )
        await street.send_letter(10.5, "gmail.com")
        await asyncio.sleep(5)
        street.is_over = True
        await digests

    through(work)

    place = [what for _, what in street.left].index("letter 10.5")
    before, at = street.left[place - 1][0], street.left[place][0]
    assert before <= 10.5 < at <= before + 1.001
    assert len(street.left) > place + 3, "digests go on"


def test_a_letter_leaves_next_where_all_mail_shares_a_limit() -> None:
    street = Street({}, SECOND)

    async def work() -> None:
        digests = asyncio.create_task(
            street.send_digests([f"{n}@mail.ru" for n in range(100)], workers=5)
        )
        await street.send_letter(10.5, "gmail.com")
        street.is_over = True
        await digests

    through(work)

    place = [what for _, what in street.left].index("letter 10.5")
    assert street.left[place - 1][0] <= 10.5 < street.left[place][0]


def test_a_letter_to_a_shut_provider_holds_up_nobody() -> None:
    street = Street({"gmail.com": timedelta(hours=1)}, timedelta(0))

    async def work() -> None:
        await street.pace.grant("gmail.com")
        answer = await street.pace.grant_letter("gmail.com", PATIENCE)
        assert isinstance(answer, Wait)
        await street.send_digests([f"{n}@mail.ru" for n in range(10)], workers=2)

    through(work)

    assert len(street.left) == 10
    assert street.left[-1][0] < 1


def test_a_line_is_short_so_that_letters_to_others_are_looked_at() -> None:
    street = Street({"gmail.com": 10 * SECOND}, timedelta(0))

    async def work() -> None:
        await street.pace.grant("gmail.com")
        asked = [
            asyncio.create_task(street.pace.grant_letter("gmail.com", PATIENCE))
            for _ in range(MOST_IN_LINE + 3)
        ]
        await asyncio.sleep(1)
        sent_away = [task.result() for task in asked if task.done()]
        assert [isinstance(answer, Wait) for answer in sent_away] == [True] * 3
        await asyncio.gather(*asked)

    through(work)


def test_a_letter_may_join_while_letters_to_others_are_served() -> None:
    spans = {"gmail.com": SECOND, "mail.ru": SECOND}
    street = Street(spans, timedelta(0))

    async def work() -> None:
        for provider in spans:
            await street.pace.grant(provider)
        first = asyncio.create_task(street.send_letter(0, "gmail.com"))
        await asyncio.sleep(0.5)
        digest = asyncio.create_task(street.pace.grant("mail.ru"))
        second = asyncio.create_task(street.pace.grant_letter("mail.ru", PATIENCE))
        assert isinstance(await digest, Wait)
        await asyncio.gather(first, second)

    through(work)

    assert [round(at) for at, _ in street.left] == [1]


def test_a_letter_may_join_while_the_last_of_a_line_leave_it() -> None:
    street = Street({}, timedelta(0))

    async def one_and_another() -> None:
        await street.pace.grant_letter("gmail.com", PATIENCE)
        # From now on they wait; this one joins before the other letter is gone.
        street.scarce.next_at["gmail.com"] = street.scarce.clock.now() + SECOND
        await street.pace.grant_letter("gmail.com", PATIENCE)
        street.note("joined")

    async def work() -> None:
        other = street.pace.grant_letter("gmail.com", PATIENCE)
        await asyncio.gather(one_and_another(), other)

    through(work)

    assert [(round(at), what) for at, what in street.left] == [(1, "joined")]


def test_who_is_over_leaves_the_line() -> None:
    street = Street({"gmail.com": 10 * SECOND}, timedelta(0))

    async def work() -> None:
        await street.pace.grant("gmail.com")
        answer = await street.pace.grant_letter("gmail.com", PATIENCE, lambda: True)
        assert isinstance(answer, Wait)
        street.note("over")

    through(work)

    assert street.left[0][0] < 2


def test_a_letter_that_is_cancelled_in_line_gives_its_leave_back() -> None:
    street = Street({"gmail.com": SECOND}, timedelta(0))

    async def work() -> None:
        await street.pace.grant("gmail.com")
        letter = asyncio.create_task(street.pace.grant_letter("gmail.com", PATIENCE))
        await asyncio.sleep(0.5)
        letter.cancel()
        await asyncio.gather(letter, return_exceptions=True)
        await street.send_digests(["1@gmail.com"], workers=1)

    through(work)

    assert [round(at) for at, _ in street.left] == [1]


ARRIVALS = st.lists(st.integers(0, 60), max_size=40)


@effort(25)
@given(arrivals=ARRIVALS, is_shared=st.booleans())
@example(arrivals=[1] * 40, is_shared=False)
@example(arrivals=[1] * 40, is_shared=True)
def test_letters_overtake_and_nobody_starves(
    arrivals: list[int], *, is_shared: bool
) -> None:
    spans = {} if is_shared else {"gmail.com": SECOND}
    street = Street(spans, SECOND if is_shared else timedelta(0))

    async def work() -> None:
        digests = [f"{n}@gmail.com" for n in range(200)]
        sending = asyncio.create_task(street.send_digests(digests, workers=4))
        await asyncio.gather(
            *(street.send_letter(at + 0.5, "gmail.com") for at in arrivals)
        )
        street.is_over = True
        await sending

    through(work)

    letters = [what.startswith("letter") for _, what in street.left]
    assert sum(letters) == len(arrivals)
    row = 0
    for is_letter in letters:
        row = row + 1 if is_letter else 0
        assert row <= MOST_IN_A_ROW + 1, "digests starve"
    for (at, what), (later, then) in pairwise(street.left):
        assert later - at < 1.2, f"nobody used the moment between {what} and {then}"
    # A digest's message leaves before a letter in line once in so many letters only.
    overtaken = sum(
        not one.startswith("letter") and any(at > float(other[7:]) for other in waiting)
        for place, (at, one) in enumerate(street.left)
        if (waiting := [w for _, w in street.left[place:] if w.startswith("letter")])
    )
    assert overtaken <= len(arrivals) // MOST_IN_A_ROW + 1
