"""How long a message takes from its grant until it may pass, as it was lately."""

from dataclasses import dataclass, field
from datetime import timedelta

__all__ = ["MOST", "Lead", "Leads"]

MOST = timedelta(seconds=0.9)
"""So far ahead slots are held beside those of the next second: a process that dies
wastes them."""

GROWING, FADING = 2, 20
"""Of so many messages each takes its part in making the lead longer, or shorter."""

FADING_OF_RECORD = 50
"""As above, where what takes longest counts whole: commits are uneven, and one that
takes longer than was thought costs many messages their slots."""


class Lead:
    """By how much messages set out before their slots: `span`.

    Long enough for nearly all to be there in time: signed, and accepted by a relay that
    takes its time. Who is early waits for a slot with a connection in hand, so it gets
    shorter where it can.
    """

    def __init__(self, growing: int = GROWING, fading: int = FADING) -> None:
        """Begin with none."""
        self.span = timedelta(0)
        self._growing = growing
        self._fading = fading

    def learn(self, took: timedelta) -> None:
        """Take in how long a message took."""
        took = min(max(took, timedelta(0)), MOST)
        parts = self._growing if took > self.span else self._fading
        self.span += (took - self.span) / parts


def _of_record() -> Lead:
    return Lead(growing=1, fading=FADING_OF_RECORD)


@dataclass(frozen=True, slots=True)
class Leads:
    """The `way` of a message until it may begin, and the `record` of that: a commit."""

    way: Lead = field(default_factory=Lead)
    record: Lead = field(default_factory=_of_record)

    @property
    def span(self) -> timedelta:
        """Return by how much messages set out before their slots."""
        return min(self.way.span + self.record.span, MOST)
