"""Whether a client already has a document, and which encoding it wants (RFC 9110)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from publisher.feeds.validators import Encoding, Validators

__all__ = ["Conditions", "Decision", "answer"]

# Entity tags, and what clients make of them that drop the quotes.
_TAG = re.compile(r'(?:W/)?(?:"([^"]*)"|([^\s",]+))')
# What servers and CDNs append when they compress on the way.
_SUFFIX = re.compile(r"(?:--?|;)(gzip|gz|br|zstd|deflate)$", re.IGNORECASE)
_MEMBER = re.compile(
    r"\s*([^\s;,]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*",
    re.IGNORECASE,
)
_NAMES = {
    Encoding.BROTLI: ("br",),
    Encoding.GZIP: ("gzip", "x-gzip"),
    Encoding.IDENTITY: ("identity",),
}


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

    `etag` is what to send: with 304 it is the tag that the client's cache holds, which
    updates no other (RFC 9111 section 4.3.4).
    """

    status: int
    encoding: Encoding
    etag: str


def answer(method: str, conditions: Conditions, validators: Validators) -> Decision:
    """Decide on a request; never raises, whatever the headers hold.

    If-None-Match counts alone when it is there, by weak comparison; otherwise
    If-Modified-Since by the order of dates, ignored when malformed (RFC 9110 sections
    13.1.2, 13.1.3 and 13.2.2). Both are for GET and HEAD only.
    """
    wanted = _negotiated(conditions.accept_encoding, validators.encodings)
    whole = Decision(200, wanted, validators.etag(wanted))
    if method not in {"GET", "HEAD"}:
        return whole
    tags = conditions.if_none_match
    if tags is not None and tags.strip():
        held = _held(tags.strip(), validators, whole.etag)
        return whole if held is None else replace(whole, status=304, etag=held)
    since = _http_date(conditions.if_modified_since)
    if since is not None and validators.modified_at <= since:
        return replace(whole, status=304)
    return whole


def _held(tags: str, validators: Validators, wanted: str) -> str | None:
    """Return the tag under which the client holds the document, None for none."""
    if tags == "*":
        return wanted
    found = set(_ours_among(tags, validators))
    return wanted if wanted in found else min(found, default=None)


def _ours_among(tags: str, validators: Validators) -> Iterator[str]:
    digest = validators.digest
    for quoted, bare in _TAG.findall(tags):
        tag = quoted or bare
        if f'"{tag}"' in validators.issued:
            yield f'"{tag}"'
        elif tag.startswith(digest) and _is_suffix(tag.removeprefix(digest)):
            yield validators.etag(Encoding.GZIP)


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


def _negotiated(accept: str | None, encodings: Sequence[Encoding]) -> Encoding:
    """Return the encoding with the highest weight (RFC 9110 section 12.5.3).

    The first of `encodings` wins a tie, since it costs the client less; identity is for
    clients that ask for nothing, or for nothing that we have.
    """
    weights = dict(_weights(accept or ""))
    anything = weights.get("*", 0.0)
    best, most = Encoding.IDENTITY, 0.0
    for encoding in encodings:
        names = _NAMES[encoding]
        given = [weights[name] for name in names if name in weights]
        default = 0.0 if encoding is Encoding.IDENTITY else anything
        weight = max(given, default=default)
        if weight > most:
            best, most = encoding, weight
    return best


def _weights(accept: str) -> Iterator[tuple[str, float]]:
    for member in accept.split(","):
        match = _MEMBER.fullmatch(member)
        if match is not None:
            yield match[1].lower(), float(match[2] or 1)
