"""A gate: one place where messages wait their turn, and its whole state.

There is a gate for all mail, one for each relay and one for each group of providers. A
message passes three: it needs a slot of each. Backing off, breaking and warming up all
change this one small value, which the store keeps as one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from publisher.model.pace import Rate, Run
from publisher.model.places import Need, Places

__all__ = [
    "ALL",
    "NOTHING",
    "PASSED",
    "Answer",
    "Feedback",
    "Gate",
    "Order",
    "Tallies",
    "Tally",
    "Terms",
]

ALL = "all"
"""The gate that every message passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is known of a gate; times are aware, rates in messages per second.

    Pace: no slot before `next_at`. Backing off: `level` is the rate we came down to
    (None: as configured), `ceiling` the one at which we were told to slow down last, at
    `cut_at`; nothing goes before `rest_until`. Breaking: nothing goes before
    `open_until` for `reason`, then one probe until `probe_until`; `trips` in a row;
    what happened before `counted_from` does not count again. Warming up: `stage` of the
    plan, and of the day `day_on` how many went and met trouble. `passed` messages since
    `passed_since` and `passed_before` in the stretch before tell how fast we are.
    """

    key: str
    next_at: datetime | None = None
    level: float | None = None
    ceiling: float = 0.0
    cut_at: datetime | None = None
    raised_at: datetime | None = None
    rest_until: datetime | None = None
    open_until: datetime | None = None
    probe_until: datetime | None = None
    reason: str = ""
    trips: int = 0
    counted_from: datetime | None = None
    stage: int = 0
    day_on: date | None = None
    day_count: int = 0
    day_trouble: int = 0
    passed: int = 0
    passed_since: datetime | None = None
    passed_before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is configured for a gate; `backs_off` and `breaks` say what it reacts to.

    `warm_up` lists the messages per day of a new sender, stage by stage.
    """

    rate: Rate | None = None
    backs_off: bool = False
    breaks: bool = False
    warm_up: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What happened at a gate since it was last asked.

    `trouble` names what makes a relay unusable for any message; empty: nothing does.
    `crowded` does so where others of ours may have all connections that it allows.
    """

    passed: int = 0
    throttled: int = 0
    blocked: int = 0
    bounced: int = 0
    complained: int = 0
    trouble: str = ""
    crowded: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything happened."""
        return self != NOTHING

    def __add__(self, other: "Feedback") -> "Feedback":
        """Return both together."""
        return Feedback(
            passed=self.passed + other.passed,
            throttled=self.throttled + other.throttled,
            blocked=self.blocked + other.blocked,
            bounced=self.bounced + other.bounced,
            complained=self.complained + other.complained,
            trouble=other.trouble or self.trouble,
            crowded=other.crowded or self.crowded,
        )


NOTHING = Feedback()

PASSED = Feedback(passed=1)
"""What nearly every message says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many messages of a while passed, were blocked, bounced and complained of."""

    passed: int = 0
    blocked: int = 0
    bounced: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a process asks of a gate: take this in, and give me slots and places.

    `need` is None where any number of messages may be under way. Slots are used after
    a `lead`, so they are wanted that much further ahead.
    """

    key: str
    terms: Terms
    feedback: Feedback = NOTHING
    wants_slots: bool = False
    lead: timedelta = timedelta(0)
    need: Need | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The gate after an order, and the slots and places it gave."""

    gate: Gate
    run: Run | None = None
    places: Places | None = None


Tallies = Mapping[timedelta, Tally]
"""What happened in the last while, for the lengths that breakers look at."""
