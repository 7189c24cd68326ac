"""How long a message takes from its grant to its beginning, as it was lately."""

from datetime import timedelta

__all__ = ["MOST", "Lead"]

MOST = timedelta(seconds=0.9)
"""Slots are known for no more than a second ahead; who needs longer takes a new one."""

GROWING, FADING = 2, 20
"""Of so many messages each takes its part in making the lead longer, or shorter."""


class Lead:
    """By how much messages are granted before their slots: `span`.

    Long enough for nearly all to be there in time: signed, and accepted by a relay that
    takes its time. Who is early waits for the slot with a connection in hand, so it
    gets shorter where that allows; and not much longer for a few that took long, as
    slots nearer than the lead are of no use to others either.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.span = timedelta(0)

    def learn(self, took: timedelta) -> None:
        """Take in how long a message took."""
        took = min(max(took, timedelta(0)), MOST)
        self.span += (took - self.span) / (GROWING if took > self.span else FADING)
