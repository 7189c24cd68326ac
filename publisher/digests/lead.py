"""How long a message takes from its grant to its beginning, as it was lately."""

from datetime import timedelta

__all__ = ["MOST", "Lead"]

MOST = timedelta(seconds=0.9)
"""So far ahead slots are held beside those of the next second: a process that dies
wastes them."""

GROWING, FADING = 2, 20
"""Of so many messages each takes its part in making the lead longer, or shorter."""


class Lead:
    """By how much messages set out before their slots: `span`.

    Long enough for nearly all to be there in time: signed, and accepted by a relay that
    takes its time. Who is early waits for a slot with a connection in hand, so it gets
    shorter where it can.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.span = timedelta(0)

    def learn(self, took: timedelta) -> None:
        """Take in how long a message took."""
        took = min(max(took, timedelta(0)), MOST)
        self.span += (took - self.span) / (GROWING if took > self.span else FADING)
