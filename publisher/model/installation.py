"""Whether an installation may send from a store, or one of them is a copy, or old.

The store counts how often sending began; each installation keeps the last number it saw
in a file of its own. Whoever has seen a larger number than the store's stands before an
older store: a backup that was restored. A file that another machine or folder wrote was
copied along with it. Neither can know what the other has sent, so an operator decides.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["LEAP", "Memory", "Stop", "StoreMark", "judge"]

LEAP = 1_000_000_000
"""How far the counter goes on when an operator confirms: beyond whatever any other
installation can have seen of a store that is lost."""


class Stop(StrEnum):
    """Why nothing is sent until an operator confirms."""

    RESTORED = "restored"
    """The store is older than what this installation remembers."""
    CLONED = "cloned"
    """What this installation remembers was written on another machine or folder."""
    NEW = "new"
    """Others send from this store, and this installation remembers nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What an installation remembers outside of the store.

    `seen` is the store's counter, and `sent_at` when it was reached.
    """

    store_key: str
    host_key: str
    seen: int
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMark:
    """What the store says about sending; `hosts` are confirmed.

    With `stopped` nobody may send; what was due by `lost_until` may have been sent. The
    `generation` tells its messages from those of a lost store with the same numbers.
    """

    store_key: str
    counter: int
    advanced_at: datetime
    stopped: Stop | None
    lost_until: datetime | None
    hosts: frozenset[str]
    generation: int = 0


def judge(
    memory: Memory | None,
    mark: StoreMark | None,
    host_key: str,
    *,
    has_history: bool,
) -> Stop | None:
    """Return why this installation may not send, None when it may.

    `has_history` says that something was sent from the store, or that it had readers
    before the memory's last sending. One without a mark is new, or older than marks
    are: it needs no confirmation where nothing remembers otherwise.
    """
    if mark is None:
        return Stop.RESTORED if memory is not None and has_history else None
    if mark.stopped is not None:
        return mark.stopped
    if memory is None or memory.store_key != mark.store_key:
        return Stop.NEW
    if memory.host_key != host_key:
        return Stop.CLONED
    if mark.counter < memory.seen:
        return Stop.RESTORED
    return None if host_key in mark.hosts else Stop.NEW
