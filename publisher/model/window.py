"""Which of the articles in its scope a feed holds now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Moment", "Window"]

Moment = tuple[datetime, int]
"""When an article was published or shown, and its number."""


@dataclass(frozen=True, slots=True)
class Window:
    """At least `items` articles and at least `span`, but never more than `limit`.

    `returning` more may come back: edited or late ones that are older. A document is
    cut at `max_bytes`; the archives hold what is cut off. An article that alone takes
    more than a quarter of that is shown by its lead.
    """

    items: int = 50
    span: timedelta = timedelta(hours=48)
    limit: int = 200
    returning: int = 20
    max_bytes: int = 1_000_000
    warn_bytes: int = 512_000

    def count(self, published: Sequence[datetime]) -> int:
        """Return how many of the articles, given newest first, are in the window.

        The span is measured from the newest article, not from the clock, so the same
        articles always give the same document (law 2).
        """
        if not published:
            return 0
        recent = sum(1 for at in published if at >= published[0] - self.span)
        return min(max(self.items, recent), self.limit, len(published))

    def choose(self, newest: Sequence[Moment], shown: Sequence[Moment]) -> list[int]:
        """Return the numbers of the articles in the window, last shown first.

        `newest` are by publication, `shown` by when they were published or came back,
        both last first.
        """
        count = self.count([at for at, _ in newest])
        moments = {number: at for at, number in newest[:count]}
        moments |= {
            number: at
            for at, number in shown[: self.returning]
            if at >= shown[0][0] - self.span
        }
        order = sorted(moments, key=lambda number: (moments[number], number))
        return order[::-1]

    def fit(self, sizes: Iterable[int]) -> int:
        """Return how many articles of these sizes fit into a document, at least one."""
        total = count = 0
        for size in sizes:
            total += size
            if count and total > self.max_bytes:
                break
            count += 1
        return count

    @property
    def most_of_one(self) -> int:
        """The most bytes that the full text of one article may take."""
        return self.max_bytes // 4
