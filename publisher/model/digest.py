"""A digest as its operator defined it, and what that means for a reader's choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from publisher.model.timetable import Frequency, Slot, Timetable

__all__ = ["CatchUp", "DigestRule", "Rhythm"]


class CatchUp(StrEnum):
    """What becomes of slots that went by while nothing was running."""

    LATEST = "latest"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and on which days a reader wants a digest."""

    frequency: Frequency
    weekdays: tuple[int, ...] = ()
    month_day: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRule:
    """A newsletter readers can subscribe to.

    `frequencies` are what readers may choose instead of `frequency`.
    `titles` is by language, with "" for any. `max_age` is how old an article may be and
    still be news (but see `reach`), `first_reach` how far back a new reader's first
    digest looks, `catch_up` what becomes of slots found late, `max_lateness` how long
    after its slot an edition may go out. With an archive, everybody may read past
    editions.
    """

    key: str
    titles: Mapping[str, str]
    frequency: Frequency
    at: time
    weekdays: tuple[int, ...] = ()
    month_day: int = 1
    frequencies: tuple[Frequency, ...] = ()
    rubrics: tuple[str, ...] = ()
    min_articles: int = 1
    max_articles: int = 20
    max_age: timedelta = timedelta(days=14)
    first_reach: timedelta = timedelta(days=1)
    max_lateness: timedelta = timedelta(hours=6)
    catch_up: CatchUp = CatchUp.LATEST
    latest: int = 6
    has_archive: bool = False

    def reach(self, frequency: Frequency) -> timedelta:
        """Return how old an article may be in an edition and still be news.

        What came out since the edition before is news, whatever `max_age` says; a day
        more, because an edition may be late and an article listed later than published.
        """
        return max(self.max_age, frequency.longest_gap + timedelta(days=1))

    def title(self, language: str) -> str:
        """Return the printed title in a language, or the first title that there is."""
        any_language = self.titles.get("") or next(iter(self.titles.values()), "")
        return self.titles.get(language) or any_language or self.key

    def offers(self, frequency: Frequency) -> bool:
        """Tell whether a reader may have it so often."""
        return frequency is self.frequency or frequency in self.frequencies

    def rarer_than(self, frequency: Frequency) -> Frequency | None:
        """Return the next rarer frequency that readers may choose, or None."""
        order = list(Frequency)
        rarer = order[order.index(frequency) + 1 :]
        return next((one for one in rarer if self.offers(one)), None)

    def timetable(
        self, zone: str, at: time | None = None, rhythm: Rhythm | None = None
    ) -> Timetable:
        """Return the timetable of a reader in a zone, at an hour of their own."""
        rhythm = rhythm or Rhythm(self.frequency, self.weekdays, self.month_day)
        match rhythm.frequency:
            case Frequency.WEEKDAYS:
                weekdays = tuple(sorted(set(rhythm.weekdays)))
            case Frequency.WEEKLY:
                weekdays = rhythm.weekdays[:1]
            case _:
                weekdays = ()
        is_instant = rhythm.frequency is Frequency.INSTANT
        is_monthly = rhythm.frequency is Frequency.MONTHLY
        return Timetable(
            digest_key=self.key,
            frequency=rhythm.frequency,
            at=time(0, 0) if is_instant else (at or self.at),
            zone=zone,
            weekdays=weekdays,
            month_day=rhythm.month_day if is_monthly else 1,
        )

    def expires_at(self, timetable: Timetable, slot: Slot) -> datetime:
        """Return when an edition is too late: the next slot ends it at the latest.

        Where all slots are caught up, one does not end another.
        """
        latest = slot.due_at + self.max_lateness
        if timetable.is_instant or self.catch_up is CatchUp.ALL:
            return latest
        return min(latest, timetable.next_slot(slot.due_at).due_at)
