"""Which requests for a document are too many; who keeps validators makes none.

A repeat is an answer that carries a state of a document which the same reader was given
the last time already. Who sends back the validators gets 304 instead, so repeats only
come from readers that keep none, or do not send them. A few are everybody's right:
readers are restarted, several of them may share an address.
"""

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Allowance", "Given", "judge"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many repeats of one document in so long a span, in any order."""

    repeats: int
    span: timedelta

    @property
    def interval(self) -> float:
        """Seconds in which one repeat becomes free again."""
        return self.span.total_seconds() / self.repeats


@dataclass(frozen=True, slots=True)
class Given:
    """What a reader was given last of a document, and when its repeats are paid for.

    `paid_at` is in seconds of the clock that `judge` was asked by.
    """

    digest: str
    paid_at: float


def judge(
    before: Given | None, digest: str, at: float, allowance: Allowance
) -> tuple[Given, timedelta]:
    """Decide on giving a reader the state `digest` of a document at a moment.

    Return what to remember and how long the reader has to wait; no time at all means
    that it is given the document now. Who has to wait has lost nothing by asking.

    At most `repeats` come one right after the other; each takes `interval` to be free
    again (the generic cell rate algorithm). A state that the reader was not given last
    is free at any time.
    """
    if before is None:
        return Given(digest, at), timedelta()
    if before.digest != digest:
        return Given(digest, before.paid_at), timedelta()
    paid_at = max(before.paid_at, at) + allowance.interval
    too_early = paid_at - at - allowance.span.total_seconds()
    # Sums of thirds and the like miss by less than this.
    if too_early > 1e-6:  # noqa: PLR2004 (a microsecond)
        return before, timedelta(seconds=too_early)
    return Given(digest, paid_at), timedelta()
