"""Whether a client already has a document, and which encoding it wants (RFC 9110)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from publisher.feeds.validators import Encoding, Validators

__all__ = ["Conditions", "Decision", "answer"]

# Entity tags, and what clients make of them that drop the quotes.
_TAG = re.compile(r'(?:W/)?(?:"([^"]*)"|([^\s",]+))')
# What servers and CDNs append when they compress on the way.
_SUFFIX = re.compile(r"(?:--?|;)(gzip|br|zstd|deflate)$", re.IGNORECASE)
_MEMBER = re.compile(
    r"\s*([^\s;,]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*",
    re.IGNORECASE,
)
_GZIP_NAMES = ("gzip", "x-gzip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The request headers that decide; None where a header is absent.

    Several lines of one header are joined with commas before they come here.
    """

    if_none_match: str | None = None
    if_modified_since: str | None = None
    accept_encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Answer 200 with the document in an encoding, or 304 without.

    The ETag to send is `validators.etag(encoding)`: with 304 it is the one that the
    client's cache holds, which updates no other (RFC 9111 section 4.3.4).
    """

    status: int
    encoding: Encoding


def answer(method: str, conditions: Conditions, validators: Validators) -> Decision:
    """Decide on a request; never raises, whatever the headers hold.

    If-None-Match counts alone when it is there, by weak comparison; otherwise
    If-Modified-Since by the order of dates, ignored when malformed (RFC 9110 sections
    13.1.2, 13.1.3 and 13.2.2). Both are for GET and HEAD only.
    """
    wanted = _negotiated(conditions.accept_encoding)
    if method not in {"GET", "HEAD"}:
        return Decision(200, wanted)
    tags = conditions.if_none_match
    if tags is not None and tags.strip():
        held = _held(tags.strip(), validators.digest, wanted)
        return Decision(200, wanted) if held is None else Decision(304, held)
    since = _http_date(conditions.if_modified_since)
    if since is not None and validators.modified_at <= since:
        return Decision(304, wanted)
    return Decision(200, wanted)


def _held(tags: str, digest: str, wanted: Encoding) -> Encoding | None:
    """Return the encoding in which the client holds the document, None for neither."""
    if tags == "*":
        return wanted
    found = set(_encodings_of(tags, digest))
    if wanted in found:
        return wanted
    return next(iter(sorted(found)), None)


def _encodings_of(tags: str, digest: str) -> Iterator[Encoding]:
    for quoted, bare in _TAG.findall(tags):
        tag = quoted or bare
        if tag == digest:
            yield Encoding.IDENTITY
        elif tag.startswith(digest) and _is_suffix(tag.removeprefix(digest)):
            yield Encoding.GZIP


def _is_suffix(ending: str) -> bool:
    # Twice, where something compressed again what we had compressed.
    once = _SUFFIX.sub("", ending)
    return once != ending and (not once or not _SUFFIX.sub("", once))


def _http_date(text: str | None) -> datetime | None:
    """Return a date in any of the three forms of RFC 9110 section 5.6.7, or None."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _negotiated(accept: str | None) -> Encoding:
    """Return the encoding with the higher weight (RFC 9110 section 12.5.3).

    gzip wins a tie, since it costs the client less; identity is for clients that ask
    for nothing, or for nothing that we have.
    """
    weights = dict(_weights(accept or ""))
    anything = weights.get("*", 0.0)
    gzip = max((weights[n] for n in _GZIP_NAMES if n in weights), default=anything)
    identity = weights.get("identity", 0.0)
    return Encoding.GZIP if gzip > 0 and gzip >= identity else Encoding.IDENTITY


def _weights(accept: str) -> Iterator[tuple[str, float]]:
    for member in accept.split(","):
        match = _MEMBER.fullmatch(member)
        if match is not None:
            yield match[1].lower(), float(match[2] or 1)
