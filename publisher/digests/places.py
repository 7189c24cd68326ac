"""What one process knows of its places at a gate: what it holds, uses and could use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from publisher.digests.pacing import Wait
from publisher.model.places import Need, Places

__all__ = ["FRESH", "OwnPlaces", "State"]

FRESH = timedelta(seconds=1)
"""How old may be what a process knows of a gate before it asks again."""


class State(Enum):
    """What a process may do at a gate."""

    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(kw_only=True)
class OwnPlaces:
    """The places of one process at one gate, which is called `name`.

    It asks for one more than it had under way at once lately, and for all there are
    when those it holds were too few.
    """

    process: str
    name: str
    limit: int
    under_way: int = 0
    given: Places | None = None
    known_at: datetime | None = None
    most: int = 0
    is_short: bool = False
    is_asking: bool = False
    is_claimed: bool = False

    def state(self, now: datetime) -> State | Wait:
        """Return whether a message that all else lets pass has a place, or a wait."""
        self.seek()
        # While we ask we are bound by what we said: so many under way, and no more.
        if self.given is None or self.is_asking or self.is_stale(now):
            return State.UNKNOWN
        if self.under_way < self.given.count:
            return State.OPEN
        count = f"{self.limit} message{'s' if self.limit > 1 else ''}"
        here = "" if self.under_way == self.limit else f", {self.under_way} from here"
        return Wait(now + FRESH, f"{self.name} has its {count} under way{here}")

    def seek(self) -> None:
        """Remember that there is a message for which a place is wanted."""
        if self.given is None or self.under_way >= self.given.count:
            self.is_short = True
        self.most = max(self.most, self.under_way + 1)

    def is_stale(self, now: datetime) -> bool:
        """Tell whether it is time to ask again."""
        if self.given is None or self.known_at is None:
            return True
        # A clock that was set back tells nothing about how long a lease lasts.
        until = min(self.known_at + FRESH, self.given.until)
        return not self.known_at <= now < until

    @property
    def is_kept(self) -> bool:
        """Whether the store must hear of us again: we hold places, or are in line."""
        return self.is_claimed or self.under_way > 0

    def need(self) -> Need:
        """Return what to ask for; nothing more is started until `take_in`."""
        wanted = self.limit if self.is_short else min(self.most + 1, self.limit)
        if not self.most:
            wanted = 0
        self.most, self.is_short = self.under_way, False
        self.is_asking = True
        self.is_claimed = wanted > 0
        return Need(
            process=self.process,
            limit=self.limit,
            under_way=self.under_way,
            wanted=wanted,
        )

    def take_in(self, given: Places | None, now: datetime) -> bool:
        """Know what was given; return whether it is more than before."""
        before = self.given.count if self.given is not None else 0
        self.given, self.known_at, self.is_asking = given, now, False
        if not self.is_kept:
            self.given = None  # What was given back is asked for at once.
        return given is not None and given.count > before

    def forget(self) -> None:
        """Know nothing: nobody can tell whether the store heard what we said."""
        self.given, self.is_asking, self.is_claimed = None, False, True

    def give_back(self) -> None:
        """Want none when we ask the next time."""
        self.most, self.is_short = 0, False
