"""Three real processes share the places of a gate; one is stopped, one is killed."""

import asyncio
import itertools
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pytest
from typing_extensions import override

from publisher.clock import SystemClock
from publisher.digests.limits import Limits, PaceRules
from publisher.digests.pacing import Wait
from publisher.digests.shared_pace import SharedPace
from publisher.model.gate import Answer, Order
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store, pace, places
from tests.builders import MORNING
from tests.store.databases import PostgresServer

LIMIT = 4
SPEED = 5
"""The processes' clock runs so much faster, and a lease is over so much sooner."""
STOPPED_FOR, RUNS_ON_FOR, STALLED_FOR, ALONE_FOR = 2.0, 3.0, 3.0, 10.0
GMAIL = "provider:gmail"
SENT = Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250)


class FastClock(SystemClock):
    """A clock on which an hour is over in twelve minutes."""

    @override
    def now(self) -> datetime:
        real = super().now()
        return real + (real - MORNING) * (SPEED - 1)


class OneProvider:
    """Knows one provider."""

    def group_of(self, address: str) -> str:  # noqa: ARG002 (all are one)
        return "gmail"

    async def learn(self, addresses: Iterable[str]) -> None:
        """Nothing to learn."""


def seconds() -> float:
    """Return the time as all processes of a machine tell it."""
    return SystemClock().now().timestamp()


class Signal(Protocol):
    """What tells processes to end."""

    def is_set(self) -> bool:
        """Tell whether they shall."""
        ...


@dataclass(frozen=True)
class Event:
    """A message began (1) or ended (-1)."""

    at: float
    process: int
    change: int


def send_until_told(
    url: str, number: int, end: Signal, found: MutableSequence[Event]
) -> None:
    """Send messages as a process does, four at once if it may."""
    asyncio.run(_send(url, number, end, found))


async def _send(
    url: str, number: int, end: Signal, found: MutableSequence[Event]
) -> None:
    store, clock = Store(url), FastClock()

    async def consult(orders: Sequence[Order], now: datetime) -> Mapping[str, Answer]:
        return await store.run(store.transact, pace.consult, orders, now)

    rules = PaceRules(providers={"gmail": Limits(connections=LIMIT)})
    kept = SharedPace(rules, OneProvider(), consult, clock, process=str(number))

    async def work() -> None:
        while not end.is_set():
            answer = await kept.grant("gmail")
            if isinstance(answer, Wait):
                await kept.wait(clock.now() + timedelta(seconds=0.1 * SPEED))
                continue
            found.append(Event(seconds(), number, 1))
            await asyncio.sleep(random.uniform(0.02, 0.3))
            found.append(Event(seconds(), number, -1))
            kept.report(answer, SENT)

    await asyncio.gather(*(work() for _ in range(LIMIT)))
    await kept.close()
    store.close()


def lapse_of(url: str, number: int, else_at: float) -> float:
    """Return when the lease of a process that is dead is over, in everybody's time."""
    store = Store(url)
    claims = store.query(places.list_claims, FastClock().now()).get(GMAIL, [])
    store.close()
    until = [each.leased_until for each in claims if each.process == str(number)]
    return (MORNING + (until[0] - MORNING) / SPEED).timestamp() if until else else_at


def history(url: str) -> tuple[list[Event], float]:
    """Return what three processes did; the first is killed, and its lease over when."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        found, end = manager.list(), manager.Event()
        workers = [
            spawn.Process(target=send_until_told, args=(url, each, end, found))
            for each in range(3)
        ]
        for worker in workers:
            worker.start()
        by = seconds() + 60
        while len({event.process for event in found}) < 3:
            assert seconds() < by, "not every process has sent something"
            time.sleep(0.1)
        first, second = workers[0].pid, workers[1].pid
        assert first is not None
        assert second is not None
        os.kill(second, signal.SIGSTOP)
        time.sleep(STOPPED_FOR)
        os.kill(second, signal.SIGCONT)
        time.sleep(RUNS_ON_FOR)
        os.kill(first, signal.SIGSTOP)  # As on a busy machine, where it gets no turn.
        time.sleep(STALLED_FOR)
        os.kill(first, signal.SIGKILL)
        lapses_at = lapse_of(url, 0, seconds())
        time.sleep(ALONE_FOR)
        end.set()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [-signal.SIGKILL, 0, 0]
        return sorted(found, key=lambda event: event.at), lapses_at


def held(events: list[Event], lapses_at: float) -> list[tuple[float, int]]:
    """Return how many were under way when; those of the dead until its lease lapses."""
    left = sum(event.change for event in events if event.process == 0)
    ends = [Event(lapses_at, 0, -left)]
    ordered = sorted([*events, *ends], key=lambda event: event.at)
    sums = itertools.accumulate(event.change for event in ordered)
    return [(event.at, count) for event, count in zip(ordered, sums, strict=True)]


def check(url: str) -> None:
    events, lapses_at = history(url)

    counts = held(events, lapses_at)
    begun = Counter(event.process for event in events if event.change > 0)
    late = lapses_at + 2.0
    assert max(count for _, count in counts) == LIMIT
    assert min(begun.values()) >= 5
    assert LIMIT in {count for at, count in counts if at > late}


@pytest.mark.slow
def test_processes_share_places_on_sqlite(sqlite_url: str) -> None:
    check(sqlite_url)


@pytest.mark.slow
@pytest.mark.postgres
def test_processes_share_places_on_postgresql(postgres: PostgresServer) -> None:
    with postgres.database(is_migrated=True) as url:
        check(url)
