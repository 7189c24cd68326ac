"""What feedgen prints for entries of one kind, as a mould that others are cast in.

feedgen takes some 140 µs for an entry, nearly all of it for a tree that differs from
that of the entry before in its texts only. So it is asked once for each kind of entry
(which parts there are, and how many of each) with stand-ins for the texts; where those
come out, an entry's own texts are put in. `benchmarks/feeds.py` measures both ways, and
a property test compares what they print byte for byte.

A stand-in begins and ends with a noncharacter, which no clean text holds. Between them
are its number, a `<` and a quotation mark, from which can be read how lxml escapes
texts in that place.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from publisher.feeds.entries import Entry, InReplyTo, RubricLabel
from publisher.feeds.feedgen_door import as_html, entry_markup
from publisher.feeds.markup import rss_date
from publisher.model.article import Byline, Link, Picture
from publisher.model.feed import FeedFormat

__all__ = ["cast_entry"]

LONG = 500
NEVER = datetime(1000, 1, 1, tzinfo=UTC)
KINDS_KEPT = 2_000
"""Moulds in memory, of 3 KB each; a newspaper has some hundred kinds of entries."""

_STAND_IN = re.compile(
    '\ufdd2(?P<number>[0-9]+)(?P<less>&lt;|&#x3C;)(?P<quote>"|&quot;)\ufdd3'
)


class Kind(NamedTuple):
    """Of which parts an entry consists; `has` tells which of its texts are there."""

    has: tuple[bool, ...]
    tags: int
    authors: int
    rubrics: int
    related: int
    translations: int
    has_picture: bool
    is_reply: bool


@dataclass(frozen=True, slots=True)
class Mould:
    """Markup in pieces, and between them which text of an entry goes in, and how."""

    pieces: tuple[str, ...]
    places: tuple[tuple[int, Callable[[str], str]], ...]

    def cast(self, texts: list[str]) -> bytes:
        """Return the markup of an entry of this kind, in UTF-8."""
        made = [self.pieces[0]]
        for (number, escaped), piece in zip(self.places, self.pieces[1:], strict=True):
            made.append(escaped(texts[number]))
            made.append(piece)
        return "".join(made).encode()


def cast_entry(entry: Entry, form: FeedFormat) -> bytes:
    """Return what `entry_markup` does, asking feedgen only for a kind that is new.

    Raises what feedgen does about an entry that lacks what its format needs.
    """
    texts = list(_texts(entry, form))
    kind = Kind(
        tuple(map(bool, texts)),
        len(entry.tags),
        len(entry.authors),
        len(entry.rubrics),
        len(entry.related),
        len(entry.translations),
        entry.picture is not None,
        entry.in_reply_to is not None,
    )
    return _mould(kind, form).cast(texts)


def _texts(entry: Entry, form: FeedFormat) -> Iterator[str]:
    """Yield every text of an entry as its format prints it, empty where none is."""
    is_rss = form is FeedFormat.RSS
    published, commented = entry.published_at, entry.commented_at
    yield from (entry.uid, entry.url, entry.title)
    yield as_html(entry.lead) if is_rss else entry.lead
    yield from (entry.content_html, entry.language)
    yield rss_date(published) if is_rss else published.isoformat()
    yield entry.updated_at.isoformat()
    yield "" if commented is None else commented.isoformat()
    yield "" if entry.comment_count is None else str(entry.comment_count)
    yield from (entry.comments_urls.get(form, ""), entry.comments_url)
    yield from (entry.rubrics_url, entry.rights)
    yield from entry.tags
    for author in entry.authors:
        yield from (author.name, author.url or "")
    for rubric in entry.rubrics:
        yield from (rubric.key, rubric.label)
    for link in (*entry.related, *entry.translations):
        yield from (link.url, link.title, link.language)
    if (picture := entry.picture) is not None:
        yield from (picture.url, picture.media_type)
        yield from (picture.alt, picture.caption, picture.credit)
        for size in (picture.length, picture.width, picture.height):
            yield str(size) if size else ""
    if (reply := entry.in_reply_to) is not None:
        yield from (reply.uid, reply.url)


class _StandIns:
    """Texts, numbers and times that stand in for those of a kind, one after another."""

    def __init__(self, has: tuple[bool, ...]) -> None:
        self._has = has
        self._next = 0

    def _take(self) -> int | None:
        number = self._next
        self._next += 1
        return number if self._has[number] else None

    def text(self) -> str:
        number = self._take()
        return "" if number is None else f'\ufdd2{number}<"\ufdd3'

    def number(self) -> int | None:
        number = self._take()
        return None if number is None else 7_000_000_000 + number

    def size(self) -> int:
        return self.number() or 0

    def moment(self) -> datetime | None:
        number = self._take()
        return None if number is None else datetime(1000 + number, 1, 1, tzinfo=UTC)


def _stand_in(kind: Kind, form: FeedFormat) -> Entry:
    """Return an entry of a kind; in the order of `_texts`."""
    take = _StandIns(kind.has)
    text = take.text
    uid, url, title, lead, content, language = (text() for _ in range(6))
    published_at, updated_at = take.moment() or NEVER, take.moment() or NEVER
    return Entry(
        uid=uid,
        url=url,
        title=title,
        lead=lead,
        content_html=content,
        language=language,
        published_at=published_at,
        updated_at=updated_at,
        commented_at=take.moment(),
        comment_count=take.number(),
        comments_urls={form: address} if (address := text()) else {},
        comments_url=text(),
        rubrics_url=text(),
        rights=text(),
        tags=tuple(text() for _ in range(kind.tags)),
        authors=tuple(Byline(text(), text()) for _ in range(kind.authors)),
        rubrics=tuple(RubricLabel(text(), text()) for _ in range(kind.rubrics)),
        related=tuple(Link(text(), text(), text()) for _ in range(kind.related)),
        translations=tuple(
            Link(text(), text(), text()) for _ in range(kind.translations)
        ),
        picture=Picture(
            url=text(),
            media_type=text(),
            alt=text(),
            caption=text(),
            credit=text(),
            length=take.size(),
            width=take.size(),
            height=take.size(),
        )
        if kind.has_picture
        else None,
        in_reply_to=InReplyTo(text(), text()) if kind.is_reply else None,
    )


@lru_cache(maxsize=KINDS_KEPT)
def _mould(kind: Kind, form: FeedFormat) -> Mould:
    """Have feedgen print an entry of stand-ins, and find them in what it printed."""
    entry = _stand_in(kind, form)
    markup = entry_markup(entry, form).decode()
    plain = {
        text: number
        for number, text in enumerate(_texts(entry, form))
        if text and "\ufdd2" not in text
    }
    found = re.compile("|".join([_STAND_IN.pattern, *map(re.escape, plain)]))
    pieces: list[str] = []
    places: list[tuple[int, Callable[[str], str]]] = []
    end = 0
    for match in found.finditer(markup):
        pieces.append(markup[end : match.start()])
        end = match.end()
        if match["number"] is None:
            places.append((plain[match[0]], str))
        else:
            places.append(
                (int(match["number"]), _ESCAPES[match["less"], match["quote"]])
            )
    return Mould((*pieces, markup[end:]), tuple(places))


def _text(text: str) -> str:
    return _long_text(text) if len(text) > LONG else _escaped(text)


@lru_cache(maxsize=1)
def _long_text(text: str) -> str:
    """RSS and Atom carry the same body, and are written one after the other."""
    return _escaped(text)


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text.replace(">", "&gt;")


def _marked_text(text: str) -> str:
    text = text.replace("&", "&#x26;").replace("<", "&#x3C;")
    return text.replace(">", "&gt;")


def _attribute(text: str) -> str:
    return _quoted(_escaped(text))


def _marked_attribute(text: str) -> str:
    return _quoted(_marked_text(text))


def _quoted(text: str) -> str:
    text = text.replace('"', "&quot;")
    return text.replace("\n", "&#10;").replace("\t", "&#9;")


_ESCAPES = {
    ("&lt;", '"'): _text,
    ("&#x3C;", '"'): _marked_text,
    ("&lt;", "&quot;"): _attribute,
    ("&#x3C;", "&quot;"): _marked_attribute,
}
"""How lxml escapes, by how a stand-in came out."""
