"""What readers said about an article: as a source tells it, and as we keep it."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Comment", "IncomingComment", "UnusableComment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingComment:
    """One comment as a source hands it over; `key` is its id there, and permanent."""

    key: str
    author: str
    published_at: datetime
    body_html: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class UnusableComment:
    """A comment that cannot be taken in: which one, why, and what stood there."""

    place: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as its feed shows it; `uid` is permanent (law 1), `body_html` clean."""

    id: int
    article_id: int
    uid: str
    author: str
    body_html: str
    url: str
    published_at: datetime
    updated_at: datetime
