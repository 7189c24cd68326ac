"""Fencing: a restored store or a clone sends nothing until an operator confirms."""

import json
import logging
import os
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from publisher.clock import Clock
from publisher.errors import PublisherError
from publisher.model.delivery import DeliveryState
from publisher.model.installation import LEAP, Memory, Stop, StoreMark, judge
from publisher.store import Store, Transaction, installations, letters
from publisher.store.generations import give_generation
from publisher.store.installations import WaitingEdition

__all__ = ["Choice", "Installation", "Standing"]

UNDER_WAY = timedelta(minutes=5)
"""How long after its lease a chunk may still have been sent."""

SETTLING = timedelta(seconds=2)
"""How long a process of ours may take to write down that it has marked a new store."""

GENERATIONS = 2**32 - 1
"""So many that no two stores which have been one choose the same by chance."""

REMEDY = "look with `publisher sending show`, then `publisher sending confirm`"

_log = logging.getLogger("publisher.digests")


class Choice(StrEnum):
    """What becomes of the deliveries that may have been sent already."""

    HOLD = "hold"
    """They are in doubt: not sent, their articles come with the next edition."""
    SEND = "send"
    """They are sent, some perhaps for the second time."""
    SENT = "sent"
    """They count as sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether an installation may send; `until` bounds what is in question."""

    stop: Stop | None
    mark: StoreMark | None
    memory: Memory | None
    until: datetime

    @property
    def known_at(self) -> datetime:
        """When the store was last known to be the one that sends."""
        return self.mark.advanced_at if self.mark else self.until


@dataclass(kw_only=True)
class Installation:
    """A machine and folder that sends; `file` holds what it remembers."""

    store: Store
    clock: Clock
    file: Path
    host_key: str
    name: str
    _told: Stop | None = field(default=None)
    _new_since: datetime | None = field(default=None)
    # Digests and letters ask from threads of their own; the file must not fall behind.
    _writing: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def look(self) -> Standing:
        """Return how this installation stands to the store, changing nothing."""
        memory = self._remembered()
        mark, has_history = self.store.query(_state, memory)
        stop = judge(memory, mark, self.host_key, has_history=has_history)
        until = self.clock.now()
        if mark is not None and mark.lost_until is not None:
            until = mark.lost_until
        elif stop is Stop.RESTORED and memory is not None:
            until = memory.sent_at + UNDER_WAY
        return Standing(stop=stop, mark=mark, memory=memory, until=until)

    def may_send(self) -> bool:
        """Tell whether to send; blocks. The first on a new store needs nobody's leave.

        A store that was set back stops all who send from it, not only who noticed.
        """
        with self._writing:
            return self._may_send()

    def _may_send(self) -> bool:
        standing = self.look()
        mark, memory = standing.mark, standing.memory
        if standing.stop is None and mark is None:
            key = secrets.token_hex(16)
            self._write(self.store.transact(self._take, key, 0, 0))
        elif standing.stop is None and mark is not None:
            if memory is None or mark.counter > memory.seen:
                self._write(mark)
        elif standing.stop is Stop.RESTORED and mark is not None and not mark.stopped:
            now = self.clock.now()
            self.store.transact(
                installations.stop_sending, Stop.RESTORED, standing.until, now
            )
        self._tell(standing.stop)
        return standing.stop is None

    def advance(self) -> None:
        """Count a lease in the store, then outside of it, before anything is sent."""
        with self._writing:
            self._write(self.store.transact(self._advance))

    def waiting(self) -> list[WaitingEdition]:
        """Return the editions with deliveries that would go."""
        return self.store.query(installations.waiting_editions)

    def waiting_letters(self) -> int:
        """Return how many letters would go."""
        _, by_state = self.store.query(letters.account)
        return by_state.get(DeliveryState.WAITING, 0)

    def default_choice(self, standing: Standing) -> Choice:
        """Return what fits: on a shared store another machine is nothing unusual."""
        if standing.stop is Stop.NEW and not self.store.is_sqlite:
            return Choice.SEND
        return Choice.HOLD

    def confirm(self, choice: Choice) -> int:
        """Let this installation send; return how many deliveries the choice was about.

        From here on its messages are of another generation: numbers that a lost store
        or a copy has used before name other messages. Raises PublisherError when there
        is nothing to confirm.
        """
        standing = self.look()
        if standing.stop is None:
            msg = f"{self.name} may send already; there is nothing to confirm"
            raise PublisherError(msg)
        mark, memory = standing.mark, standing.memory
        seen = max(mark.counter if mark else 0, memory.seen if memory else 0)
        key = mark.store_key if mark else secrets.token_hex(16)
        generation = secrets.randbelow(GENERATIONS) + 1

        def work(tx: Transaction) -> tuple[int, StoreMark]:
            count = self._settle(tx, standing, choice)
            # Another machine beside those that send changes nothing for them.
            leap = 0 if standing.stop is Stop.NEW and mark else LEAP
            give_generation(tx, generation, standing.known_at)
            return count, self._take(tx, key, seen + leap, generation)

        count, now = self.store.transact(work)
        self._write(now)
        _log.warning(
            "sending.confirmed why=%s choice=%s deliveries=%d",
            standing.stop.value,
            choice.value,
            count,
        )
        return count

    def _settle(self, tx: Transaction, standing: Standing, choice: Choice) -> int:
        now = self.clock.now()
        bounds = (standing.known_at, standing.until)
        match choice:
            case Choice.HOLD:
                return installations.hold_in_question(tx, *bounds, now)
            case Choice.SENT:
                return installations.take_in_question_as_sent(tx, *bounds, now)
            case Choice.SEND:
                return 0

    def _take(
        self, tx: Transaction, store_key: str, counter: int, generation: int
    ) -> StoreMark:
        """Mark the store and this host; who was quicker at the first start counts."""
        host, now = (self.host_key, self.name), self.clock.now()
        installations.mark_store(tx, store_key, counter, generation, host, now)
        return _must(installations.mark_of(tx))

    def _advance(self, tx: Transaction) -> StoreMark:
        installations.advance(tx, self.clock.now())
        return _must(installations.mark_of(tx))

    def _tell(self, stop: Stop | None) -> None:
        """Log once when sending stops, and once when it goes on."""
        if self._may_settle(stop):
            return
        if stop is not None and stop is not self._told:
            _log.error("sending.stopped why=%s remedy=%s", stop.value, REMEDY)
        elif stop is None and self._told is not None:
            _log.info("sending.goes_on")
        self._told = stop

    def _may_settle(self, stop: Stop | None) -> bool:
        """Whether we seem new only as another process of ours begins just now.

        Which store it is stands in the store first, then in the file: who looks in
        between does not send, and looks once more before it says so.
        """
        if stop is not Stop.NEW:
            self._new_since = None
            return False
        now = self.clock.now()
        self._new_since = self._new_since or now
        return timedelta(0) <= now - self._new_since < SETTLING

    def _remembered(self) -> Memory | None:
        """Return what the file says; one that cannot be read is a lost one."""
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            return Memory(
                store_key=str(found["store"]),
                host_key=str(found["host"]),
                seen=int(found["seen"]),
                sent_at=datetime.fromisoformat(found["sent_at"]),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return None

    def _write(self, mark: StoreMark) -> None:
        """Remember durably what the store counts; raises PublisherError."""
        text = json.dumps(
            {
                "store": mark.store_key,
                "host": self.host_key,
                "seen": mark.counter,
                "sent_at": mark.advanced_at.isoformat(),
            }
        )
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            _replace(self.file, text + "\n")
        except OSError as error:
            msg = (
                f"installation.file: {self.file} cannot be written: {error.strerror};"
                " nothing is sent without it"
            )
            raise PublisherError(msg) from error


def _replace(file: Path, text: str) -> None:
    """Write a file whole and durably, whoever else does so at the same time."""
    # Not the process id: in containers that share a folder each process is number 1.
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("x", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _state(tx: Transaction, memory: Memory | None) -> tuple[StoreMark | None, bool]:
    """Return the store's mark; where it has none, whether it is older than a memory."""
    mark = installations.mark_of(tx)
    if mark is not None or memory is None:
        return mark, False
    return None, installations.has_history(tx, memory.sent_at)


def _must(mark: StoreMark | None) -> StoreMark:
    if mark is None:
        msg = "the store's mark was removed while sending; nothing more is sent"
        raise PublisherError(msg)
    return mark
