"""A folder on a machine that sends from a store, and stores to send from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from publisher.clock import SteppedClock
from publisher.digests.doubts import Doubts, Resolved
from publisher.digests.installation import Choice, Installation
from publisher.mail.evidence.evidence import Evidence, Ours
from publisher.mail.transport import Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.installation import Stop
from publisher.store import Store
from publisher.store.doubts import list_doubts
from tests.digests.desk import MORNING, RecordingTransport
from tests.digests.letterbox import LetterDesk
from tests.store.backups import Backup, back_up, restore
from tests.store.databases import ADDRESS_SECRET, empty, open_store

__all__ = ["NewUrl", "Place", "ended_as_taken"]

NewUrl = Callable[[], str]
"""Makes an empty, migrated store, and returns its address."""


class Place:
    """A folder of a machine, with a store and what is remembered beside it."""

    def __init__(self, folder: Path, url: str, machine: str = "one") -> None:
        self.folder = folder
        self.url = url
        self.machine = machine
        self.clock = SteppedClock(MORNING)
        self.transport = RecordingTransport()

    @contextmanager
    def open(self) -> Iterator[tuple[LetterDesk, Installation]]:
        """Start the service there, and stop it in the end."""
        store = Store(self.url, threads=2, address_secret=ADDRESS_SECRET)
        try:
            desk = LetterDesk(store=store, clock=self.clock, transport=self.transport)
            yield desk, self.installation(store)
        finally:
            store.close()

    def installation(self, store: Store) -> Installation:
        return Installation(
            store=store,
            clock=self.clock,
            file=self.folder / "installation",
            host_key=self.machine,
            name=self.machine,
        )

    async def send(self, span: timedelta = timedelta(0)) -> list[str]:
        """Let time pass, do what is due, and return who was sent something now."""
        with self.open() as (desk, installation):
            before = len(self.transport.sent)
            self.clock.move(span)
            desk.planner.sweep()
            sender = desk.new_sender()
            sender.installation = installation
            await sender.send_ready()
            return sorted(one.recipient for one in self.transport.sent[before:])

    async def send_letters(self, span: timedelta = timedelta(0)) -> list[str]:
        """Let time pass, send letters, and return who was sent one now."""
        with self.open() as (desk, installation):
            before = len(self.transport.sent)
            self.clock.move(span)
            await desk.letter_sender(installation=installation).send_ready()
            return sorted(one.recipient for one in self.transport.sent[before:])

    def post(self, to: str) -> None:
        with self.open() as (desk, _):
            desk.post(to=to)

    def letter_states(self) -> list[DeliveryState]:
        """Return the states of all letters, the oldest first."""
        with self.open() as (desk, _):
            return [row.state for row in desk.letters()]

    def publish(self, key: str) -> None:
        with self.open() as (desk, _):
            desk.publish(key)

    def stop(self) -> Stop | None:
        with self.open() as (_, installation):
            return installation.look().stop

    def confirm(self, choice: Choice = Choice.HOLD) -> int:
        with self.open() as (_, installation):
            return installation.confirm(choice)

    def doubts(self) -> int:
        with self.open() as (desk, _):
            return len(desk.store.query(list_doubts, 100))

    def back_up(self) -> Backup:
        with self.open() as (desk, _):
            return back_up(desk.store)

    def restore(self, backup: Backup) -> None:
        with open_store(self.url) as store:
            empty(store)
            restore(store, backup)


def ended_as_taken(
    place: Place,
    path: Path,
    kind: Callable[..., Evidence],
    take: Callable[[Path, Sequence[Envelope], datetime], None],
    lots: Sequence[Sequence[Envelope]],
) -> list[list[Resolved]]:
    """Return which doubts end each time that a relay is found to have taken messages.

    `take` writes that it has, where evidence of a `kind` looks for it.
    """
    with place.open() as (desk, _):
        evidence = [kind(name="relay", path=path, ours=Ours((desk.tokens.secret,)))]
        doubts = Doubts(store=desk.store, clock=desk.clock, evidence=evidence)
        ended = []
        for lot in lots:
            take(path, lot, desk.clock.now())
            ended.append(doubts.resolve())
        return ended
