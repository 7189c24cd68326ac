"""Places at a gate: how many messages may be under way through it, in all processes.

A process leases places, and starts a message only while fewer are under way than it was
given. What it holds counts as taken until the lease is over, and never as less than the
messages it has under way; so with clocks that agree to well within a lease, no more are
under way than the limit. Two things nobody can prevent: a process that was stopped for
longer than its lease finishes what it had begun, and so does one that cannot reach the
store for so long; neither starts anything before it was answered.

Shares are even, as far as they are wanted. Where there are more processes than places,
those wait in line, and who has had a place for `TURN` while another has none goes to
the end of it; so everyone's wait is over within a turn and a message of all before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.model.pace import APART

__all__ = ["LEASE", "TURN", "WAITING", "Claim", "Need", "Places", "assign", "shares"]

LEASE = timedelta(seconds=30)
"""How long places are held by a process that says nothing: it died, or was stopped."""
WAITING = timedelta(seconds=5)
"""How long a process that holds none and says nothing stays in line."""
TURN = timedelta(seconds=10)
"""How long a process keeps a place that others wait for in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a process holds of a gate, and would like to have, until `leased_until`.

    `queued_at` is its position in line, `served_at` since when it has had a place
    without a break; None: it has none.
    """

    process: str
    places: int
    wanted: int
    queued_at: datetime
    served_at: datetime | None
    leased_until: datetime

    def holds_at(self, now: datetime) -> bool:
        """Tell whether it has not lapsed; one by a clock far ahead never would."""
        return now < self.leased_until <= now + max(LEASE, WAITING) + APART


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a process says when it asks: how many it has, and could have, under way."""

    process: str
    limit: int
    under_way: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Places:
    """How many messages a process may have under way, when it starts one by `until`."""

    count: int
    until: datetime


def assign(
    claims: Iterable[Claim], need: Need, now: datetime
) -> tuple[Claim | None, Places]:
    """Return what a process holds from now on, and how many messages it may have.

    It may hold more than that: as many as are under way. None: it holds nothing and
    wants nothing.
    """
    valid = [claim for claim in claims if claim.holds_at(now)]
    others = [claim for claim in valid if claim.process != need.process]
    own = next((claim for claim in valid if claim.process == need.process), None)
    claim = Claim(
        process=need.process,
        places=need.under_way,
        wanted=need.wanted,
        queued_at=own.queued_at if own else now,
        served_at=own.served_at if own else None,
        leased_until=now,
    )
    if _must_yield(claim, others, need.limit, now):
        claim = replace(claim, queued_at=now, served_at=None)
    share = shares(need.limit, [*others, claim])[claim.process]
    free = need.limit - sum(other.places for other in others)
    count = max(min(share, free), 0)
    held = max(count, need.under_way)
    until = now + (LEASE if held else WAITING)
    answer = Places(count, until)
    if not held and not need.wanted:
        return None, answer
    served_at = (claim.served_at or now) if count else None
    kept = replace(claim, places=held, served_at=served_at, leased_until=until)
    return kept, answer


def shares(limit: int, claims: Sequence[Claim]) -> Mapping[str, int]:
    """Return how many places each should have: in rounds of one each along the line."""
    line = sorted(claims, key=lambda claim: (claim.queued_at, claim.process))
    found = {claim.process: 0 for claim in line}
    left = limit
    while left:
        short = [claim for claim in line if found[claim.process] < claim.wanted][:left]
        if not short:
            break
        for claim in short:
            found[claim.process] += 1
        left -= len(short)
    return found


def _must_yield(
    claim: Claim, others: Sequence[Claim], limit: int, now: datetime
) -> bool:
    """Tell whether a process has had its turn, and another has nothing."""
    if claim.served_at is None or now - claim.served_at < TURN:
        return False
    found = shares(limit, [*others, claim])
    return any(other.wanted and not found[other.process] for other in others)
