"""Kill workers at random moments until all is sent, then compare both sides' records.

What a dead worker leaves is leased for minutes. Instead of waiting, its lease is made
to have run out: its own, and no lease of a worker that lives. So with each kill at most
as many messages get in doubt as the one worker had connections.
"""

import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, update

from publisher.model.delivery import UNDER_WAY, DeliveryState
from publisher.store import Store, Transaction
from publisher.store.doubts import list_doubts
from publisher.store.schema.editions import chunk, delivery
from publisher.store.schema.readers import subscriber, subscription
from tests.books import discrepancies
from tests.torture.inheritance import LONG_AGO, Inheritance
from tests.torture.newsroom import plan_edition, write_config
from tests.torture.processes import Start, kill, nursery, sink
from tests.torture.report import Report, Settings
from tests.torture.resolving import ask_the_log, begin_log

__all__ = ["torture", "unsettled"]

SPARE = 10
"""Kills that are reckoned with beyond those wanted: something must be left for each."""
FREELY = 0.2
"""How often a victim is chosen among all, whether it has anything to do or not."""
STUCK = 300.0
"""In seconds: without any news for so long, something hangs."""


def torture(settings: Settings, url: str = "") -> Report:
    """Send an edition while its workers are killed; return what was found.

    Without a URL the store is a new file of SQLite.
    """
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        folder = Path(place)
        url = url or f"sqlite:///{folder / 'publisher.db'}"
        file = write_config(
            folder,
            url,
            str(folder / "sink.sock"),
            connections=settings.connections,
            log=str(folder / "mail.log") if settings.has_log else "",
        )
        plan_edition(file, settings.readers)
        store = Store(url)
        try:
            run = Run(settings=settings, store=store, folder=folder, file=file)
            return run.through()
        finally:
            store.close()


@dataclass(kw_only=True)
class Run:
    """One run over a planned edition."""

    settings: Settings
    store: Store
    folder: Path
    file: Path
    kills: int = 0
    doubts: set[str] = field(default_factory=set)
    resolved: Counter[str] = field(default_factory=Counter)
    _held: int = 0
    _workers: list[int] = field(default_factory=list)
    _offset: int = 0
    _lines: int = 0
    _news_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.settings.seed)
        self._dead = Inheritance(store=self.store, offers=self.folder / "offers")

    def through(self) -> Report:
        """Kill while it goes out, again while what was in doubt does, and compare."""
        begun = time.monotonic()
        begin_log(self.folder / "mail.log")
        with sink(self.folder), nursery(self.folder, self.file) as start:
            self._workers = [start() for _ in range(self.settings.workers)]
            self._send(start)
            while self.settings.has_log and self._resolve():
                self._send(start)
            for worker in self._workers:
                kill(worker, signal.SIGTERM)
        return self._report(time.monotonic() - begun)

    def _send(self, start: Start) -> None:
        """Let everything go out that may, while workers are killed."""
        while self.kills < self.settings.kills and self._wait_for_a_moment():
            victim = self._victim()
            kill(self._workers[victim], signal.SIGKILL)
            self.kills += 1
            self._workers[victim] = start()
            self._dead.end_leases(self._workers)
        while self._look():
            self.store.transact(let_time_pass)
            self._dead.end_leases(self._workers)
            time.sleep(0.3)
        held = {r for r, s in self.store.query(states_of_readers).items() if s == HELD}
        self._held += len(held)
        self.doubts |= held

    def _victim(self) -> int:
        """Choose who is killed: mostly somebody with work in hand, but anybody may be.

        Workers that are still starting up have nothing that could get in doubt.
        """
        everybody = list(range(len(self._workers)))
        owners = self._dead.owners()
        busy = [number for number in everybody if self._workers[number] in owners]
        is_free = self._chance.random() < FREELY
        return self._chance.choice(everybody if is_free or not busy else busy)

    def _resolve(self) -> bool:
        """Let the relay's log end the doubts; False when none is left."""
        found = ask_the_log(self.file, self.folder / "mail.log")
        self.resolved.update(one.state for one in found)
        return bool(found)

    def _wait_for_a_moment(self) -> bool:
        """Wait until some more messages are taken; False when all is over."""
        left = self.store.query(unsettled)
        further = self.settings.kills - self.kills + SPARE
        share = left // further // self.settings.workers
        wanted = self._taken() + self._chance.randrange(max(1, share))
        asked_at = time.monotonic()
        while self._taken() < wanted:
            time.sleep(0.002)
            if time.monotonic() - asked_at > 1:
                if not self._look():
                    return False
                self.store.transact(let_time_pass)
                self._dead.end_leases(self._workers)
                asked_at = time.monotonic()
        time.sleep(self._chance.uniform(0, 0.03))
        return left > 0

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
        report = Report(
            settings=self.settings,
            kills=self.kills,
            seconds=seconds,
            states=self.store.query(states_of_readers),
            listed=len(self.store.query(list_doubts, self.settings.readers + 1)),
            discrepancies=discrepancies(self.store),
            doubts=self._held,
            begun=list(self._dead.begun.values()),
            resolved=self.resolved,
        )
        for line in (self.folder / "record").read_text("ascii").splitlines():
            word, digest, reader = line.split()
            counted = report.accepted if word == "accepted" else report.refused
            counted[reader] += 1
            report.contents.setdefault(reader, set()).add(digest)
        return report


HELD = DeliveryState.HELD.value


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
    counted = select(func.count()).where(delivery.c.state.in_(UNDER_WAY))
    return int(tx.execute(counted).scalar_one())


def states_of_readers(tx: Transaction) -> dict[str, str]:
    """Return the state of each reader's delivery, by address."""
    rows = tx.execute(
        select(subscriber.c.email, delivery.c.state)
        .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
        .join(delivery, delivery.c.subscription_id == subscription.c.id)
    )
    return {row.email: row.state for row in rows}
