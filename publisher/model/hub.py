"""WebSub: leases, signatures, retries, and what is thought of a hub."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = [
    "DEFAULT_LEASE",
    "GIVE_UP_AFTER",
    "HUB_PATH",
    "MAX_SECRET",
    "Algorithm",
    "HubRules",
    "HubState",
    "Mode",
    "Verdict",
    "judge",
    "lease_of",
    "retry_after",
    "sign",
]

HUB_PATH = "/hub"
"""Where our own hub stands."""
DEFAULT_LEASE = timedelta(days=10)
SHORTEST_LEASE = timedelta(minutes=5)
LONGEST_LEASE = timedelta(days=30)
MAX_SECRET = 199
"""In bytes: "less than 200" (WebSub section 5.1)."""

_LADDER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 240))
GIVE_UP_AFTER = len(_LADDER)
PROMPT = timedelta(seconds=30)
"""A delivery later than this after the change is late."""


class Mode(StrEnum):
    """What a subscriber asks of a hub."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class Algorithm(StrEnum):
    """How deliveries are signed (WebSub section 7)."""

    SHA1 = "sha1"
    SHA256 = "sha256"


class Verdict(StrEnum):
    """What a hub is worth, by what it has brought back to us."""

    UNWATCHED = "not watched yet"
    SILENT = "has never delivered"
    STALE = "did not deliver the last change"
    LATE = "delivers late"
    GOOD = "delivers"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubState:
    """What is known of a hub; times are aware, None is never."""

    pinged_at: datetime | None = None
    watched_until: datetime | None = None
    delivered_at: datetime | None = None
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRules:
    """What our hub allows: the lease when none is asked for, and its bounds."""

    lease: timedelta = DEFAULT_LEASE
    max_subscriptions: int = 10_000
    max_per_host: int = 500


def lease_of(asked: str, default: timedelta = DEFAULT_LEASE) -> timedelta:
    """Return the lease for what a subscriber asked, in seconds, or for nothing.

    Too short and too long ones are moved to the bounds (WebSub section 5.1 leaves it to
    the hub). Raises ValueError when it is no number.
    """
    if not asked:
        return default
    seconds = int(asked) if asked.isascii() and asked.isdigit() else -1
    if seconds <= 0:
        msg = "hub.lease_seconds must be a whole number above 0"
        raise ValueError(msg)
    if seconds > LONGEST_LEASE.total_seconds():
        return LONGEST_LEASE
    return max(SHORTEST_LEASE, timedelta(seconds=seconds))


def retry_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None is to give up."""
    return _LADDER[attempts - 1] if 1 <= attempts <= GIVE_UP_AFTER else None


def sign(secret: str, body: bytes, algorithm: Algorithm = Algorithm.SHA256) -> str:
    """Return the value of X-Hub-Signature (WebSub section 7.1)."""
    digest = hmac.new(secret.encode(), body, getattr(hashlib, algorithm.value))
    return f"{algorithm.value}={digest.hexdigest()}"


def judge(state: HubState, now: datetime) -> Verdict:
    """Return what is thought of a hub; a ping just sent is given time to come back."""
    if state.watched_until is None or state.watched_until <= now:
        return Verdict.UNWATCHED
    if state.delivered_at is None:
        return Verdict.SILENT
    pinged = state.pinged_at
    if pinged is not None and state.delivered_at < pinged <= now - PROMPT:
        return Verdict.STALE
    if state.delay is not None and state.delay > PROMPT:
        return Verdict.LATE
    return Verdict.GOOD
