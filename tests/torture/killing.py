"""Kill workers at random moments until all is sent, then compare both sides' records.

What a dead worker leaves is leased for minutes. Instead of waiting, every lease is made
to have run out: also those of workers that live, which then are late and refused.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, update

from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction
from publisher.store.schema.editions import chunk, delivery
from publisher.store.schema.readers import subscriber, subscription
from tests.books import discrepancies
from tests.torture.newsroom import plan_edition, write_config

__all__ = ["Report", "Settings", "torture"]

ROOT = Path(__file__).parents[2]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STUCK = 300.0
"""In seconds: without any news for so long, something hangs."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How hard it gets."""

    kills: int = 200
    readers: int = 10_000
    connections: int = 50
    workers: int = 1
    seed: int = 1


@dataclass(kw_only=True)
class Report:
    """What both sides say afterwards; `states` are the deliveries' by reader."""

    settings: Settings
    kills: int
    seconds: float
    states: dict[str, str]
    discrepancies: list[str]
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    contents: dict[str, set[str]] = field(default_factory=dict)

    def count(self, state: DeliveryState) -> int:
        """Return how many deliveries ended so."""
        return sum(found == state.value for found in self.states.values())

    @property
    def lost(self) -> list[str]:
        """Readers whose message was not accepted and is not listed as in doubt."""
        held = DeliveryState.HELD.value
        return [r for r, s in self.states.items() if s != held and not self.accepted[r]]

    @property
    def doubled(self) -> list[str]:
        """Readers whose message was accepted more than once."""
        return [reader for reader, times in self.accepted.items() if times > 1]

    @property
    def arrived_in_doubt(self) -> int:
        """How many messages in doubt the relay has, as its record proves."""
        held = DeliveryState.HELD.value
        return sum(s == held and self.accepted[r] > 0 for r, s in self.states.items())

    @property
    def altered(self) -> list[str]:
        """Readers whose retries were not the same bytes."""
        return [reader for reader, found in self.contents.items() if len(found) > 1]

    @property
    def retried(self) -> int:
        """How many readers' messages were tried again after a refusal for now."""
        return sum(self.accepted[reader] > 0 for reader in self.refused)

    @property
    def faults(self) -> list[str]:
        """Every law that was broken, with the number of readers."""
        ended = {DeliveryState.SENT, DeliveryState.HELD}
        # With each kill the leases of all workers ended.
        most = self.settings.connections * self.kills * self.settings.workers
        held = self.count(DeliveryState.HELD)
        other = len(self.states) - sum(self.count(state) for state in ended)
        found = {
            "lost": len(self.lost),
            "accepted more than once": len(self.doubled),
            "neither sent nor in doubt": other,
            "retried with other bytes": len(self.altered),
            "discrepancies in the books": len(self.discrepancies),
            "without a delivery": self.settings.readers - len(self.states),
            "strangers": len(self.accepted.keys() - self.states.keys()),
            "in doubt beyond the open connections": max(0, held - most),
        }
        return [f"{count} {what}" for what, count in found.items() if count]


def torture(settings: Settings, url: str = "") -> Report:
    """Send an edition while its workers are killed; return what was found.

    Without a URL the store is a new file of SQLite.
    """
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        folder = Path(place)
        url = url or f"sqlite:///{folder / 'publisher.db'}"
        host = str(folder / "sink.sock")
        file = write_config(folder, url, host, connections=settings.connections)
        plan_edition(file, settings.readers)
        store = Store(url)
        try:
            run = Run(settings=settings, store=store, folder=folder)
            return run.through(file)
        finally:
            store.close()


@dataclass(kw_only=True)
class Run:
    """One run over a planned edition."""

    settings: Settings
    store: Store
    folder: Path
    kills: int = 0
    _offset: int = 0
    _lines: int = 0
    _news_at: float = field(default_factory=time.monotonic)

    def through(self, file: Path) -> Report:
        """Kill, then let the rest go out, and compare."""
        chance = random.Random(self.settings.seed)
        begun = time.monotonic()
        with sink(self.folder), nursery(self.folder, file) as start:
            workers = [start() for _ in range(self.settings.workers)]
            while self.kills < self.settings.kills and self._wait_for_a_moment(chance):
                victim = chance.randrange(len(workers))
                kill(workers[victim], signal.SIGKILL)
                self.kills += 1
                self.store.transact(let_leases_end)
                workers[victim] = start()
            while self._look():
                self.store.transact(let_time_pass)
                time.sleep(0.3)
            for worker in workers:
                kill(worker, signal.SIGTERM)
        return self._report(time.monotonic() - begun)

    def _wait_for_a_moment(self, chance: random.Random) -> bool:
        """Wait until some more messages are taken; False when all is over."""
        settings = self.settings
        share = max(1, settings.readers // settings.kills // settings.workers)
        wanted = self._taken() + chance.randrange(share)
        asked_at = time.monotonic()
        while self._taken() < wanted:
            time.sleep(0.002)
            if time.monotonic() - asked_at > 1:
                if not self._look():
                    return False
                self.store.transact(let_time_pass)
                asked_at = time.monotonic()
        time.sleep(chance.uniform(0, 0.03))
        return True

    def _taken(self) -> int:
        """Return how many lines the relay's record has."""
        with (self.folder / "record").open("rb") as record:
            record.seek(self._offset)
            new = record.read()
        self._offset += len(new)
        self._lines += new.count(b"\n")
        if new:
            self._news_at = time.monotonic()
        return self._lines

    def _look(self) -> bool:
        """Return whether there is anything left to do; raises when nothing moves."""
        self._taken()
        if time.monotonic() - self._news_at > STUCK:
            log = (self.folder / "log").read_text("utf-8")[-3000:]
            msg = f"nothing moves after {self.kills} kills:\n{log}"
            raise TimeoutError(msg)
        return self.store.query(unsettled) > 0

    def _report(self, seconds: float) -> Report:
        states = self.store.query(states_of_readers)
        report = Report(
            settings=self.settings,
            kills=self.kills,
            seconds=seconds,
            states=states,
            discrepancies=discrepancies(self.store),
        )
        for line in (self.folder / "record").read_text("ascii").splitlines():
            word, digest, reader = line.split()
            counted = report.accepted if word == "accepted" else report.refused
            counted[reader] += 1
            report.contents.setdefault(reader, set()).add(digest)
        return report


def let_leases_end(tx: Transaction) -> None:
    """Let every lease run out."""
    is_leased = chunk.c.leased_until.is_not(None)
    tx.execute(update(chunk).where(is_leased).values(leased_until=LONG_AGO))


def let_time_pass(tx: Transaction) -> None:
    """Let every wait be over."""
    tx.execute(
        update(chunk).where(chunk.c.ready_at.is_not(None)).values(ready_at=LONG_AGO)
    )
    tx.execute(
        update(delivery)
        .where(
            delivery.c.state == DeliveryState.WAITING.value,
            delivery.c.ready_at > datetime.now(UTC),  # noqa: TID251 (as the workers do)
        )
        .values(ready_at=LONG_AGO)
    )


def unsettled(tx: Transaction) -> int:
    """Return how many deliveries wait or are begun."""
    open_states = [DeliveryState.WAITING.value, DeliveryState.BEGUN.value]
    counted = select(func.count()).where(delivery.c.state.in_(open_states))
    return int(tx.execute(counted).scalar_one())


def states_of_readers(tx: Transaction) -> dict[str, str]:
    """Return the state of each reader's delivery, by address."""
    rows = tx.execute(
        select(subscriber.c.email, delivery.c.state)
        .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
        .join(delivery, delivery.c.subscription_id == subscription.c.id)
    )
    return {row.email: row.state for row in rows}


def kill(number: int, how: signal.Signals) -> None:
    """Send a signal and wait until the process is gone; it may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(number, how)
        while True:
            time.sleep(0.002)
            os.kill(number, 0)


@contextmanager
def sink(folder: Path) -> Iterator[None]:
    """Run the relay that writes down what it takes."""
    program = Path(__file__).with_name("sink.py")
    place, record = folder / "sink.sock", folder / "record"
    command = [sys.executable, str(program), str(place), str(record), "0.02", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as relay:
        assert relay.stdout is not None
        assert relay.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            relay.terminate()


class Start:
    """Starts a worker and returns its process number."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self) -> int:
        """Start one more."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery(folder: Path, file: Path) -> Iterator[Start]:
    """Run the process that forks workers; all of them end with it."""
    place = [str(file), str(folder / "log")]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.torture.nursery", *place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        yield Start(process)
