"""Which pieces a digest is made of, and a digest that shows some pieces for cutting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from publisher.model.article import Article
from publisher.model.content import DigestContent, Section
from publisher.rendering.plaintext import shorten

__all__ = [
    "Measure",
    "Wanted",
    "brief",
    "mosaic",
    "wanted_pieces",
    "without_pictures",
]

Measure: TypeAlias = tuple[int, int]
"""How much of each article is said: letters of its lead, related articles."""

OPENING, FIRST, NEXT = "opening", "first", "next"
"""Where a piece stands: first of the digest, first of its rubric, after another."""

Order: TypeAlias = "list[tuple[str, Wanted | None]]"
"""The cuts of a digest by name, each with the piece that is wanted of it, if one is."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_STAND_IN = Article(
    id=0,
    uid="",
    revision=0,
    entry_version=0,
    language="",
    title="—",
    lead="",
    body_html="",
    url="",
    rubric_keys=(),
    published_at=_LONG_AGO,
    updated_at=_LONG_AGO,
)
_RUBRIC = Section(rubric_key="", name="—", url="", articles=(_STAND_IN,))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece: the name of its cut, and a key that it is kept under."""

    name: str
    key: tuple[object, ...]
    place: str = ""
    article: Article | None = None
    section: Section | None = None


def wanted_pieces(content: DigestContent, measure: Measure) -> list[Wanted]:
    """Return the pieces of a digest, in their order."""
    wanted = [Wanted("", ("",)), Wanted("count", ("count", len(content.articles)))]
    for number, section in enumerate(content.sections):
        place = NEXT if number else OPENING
        key = ("rubric", place, section.name, section.url)
        wanted.append(Wanted("rubric", key, place, section=section))
        wanted += _cards(section, place, measure)
    wanted.append(Wanted("more", ("more", content.more_count)))
    if content.latest:
        wanted.append(Wanted("strip", ("strip",)))
        wanted += (
            Wanted("headline", ("headline", article.id), article=article)
            for article in content.latest
        )
        wanted.append(Wanted("strip_end", ("strip_end",)))
    return [*wanted, Wanted("tail", ("tail",))]


def _cards(section: Section, place: str, measure: Measure) -> Iterator[Wanted]:
    first = OPENING if place == OPENING else FIRST
    for number, article in enumerate(section.articles):
        stands = NEXT if number else first
        key = ("card", article.id, stands, measure)
        yield Wanted("card", key, stands, article=article)


def mosaic(
    content: DigestContent, wanted: Sequence[Wanted]
) -> tuple[DigestContent, Order]:
    """Return a digest of just these pieces and its cuts; stand-ins fill the gaps."""
    lone = {want.name: want for want in wanted if not (want.article or want.section)}
    cards = [want for want in wanted if want.name == "card"]
    opening = next((want for want in cards if want.place == OPENING), None)
    top = next((w for w in wanted if w.section and w.place == OPENING), None)
    rows: list[tuple[Wanted | None, list[Wanted | None]]] = [
        (top, [opening, *(want for want in cards if want.place == NEXT)])
    ]
    rows += ((None, [want]) for want in cards if want.place == FIRST)
    rows += ((w, [None]) for w in wanted if w.section and w.place == NEXT)
    headlines = [want for want in wanted if want.name == "headline"]
    has_strip = bool(headlines or "strip" in lone or "strip_end" in lone)
    strip: list[Wanted | None] = [*headlines] or [None]
    order: Order = [("", lone.get("")), ("count", lone.get("count"))]
    for rubric, row in rows:
        order += [("rubric", rubric), *(("card", want) for want in row)]
    order.append(("more", lone.get("more")))
    if has_strip:
        order.append(("strip", lone.get("strip")))
        order += (("headline", want) for want in strip)
        order.append(("strip_end", lone.get("strip_end")))
    order.append(("tail", lone.get("tail")))
    digest = replace(
        content,
        sections=tuple(
            replace(_section(rubric), articles=tuple(map(_article, row)))
            for rubric, row in rows
        ),
        latest=tuple(map(_article, strip)) if has_strip else (),
    )
    return digest, order


def _section(want: Wanted | None) -> Section:
    return want.section if want is not None and want.section is not None else _RUBRIC


def _article(want: Wanted | None) -> Article:
    return want.article if want is not None and want.article is not None else _STAND_IN


def brief(digest: DigestContent, measure: Measure) -> DigestContent:
    """Return the digest with leads and related articles of at most this measure."""
    lead, related = measure
    return replace(
        digest,
        sections=tuple(
            replace(
                section,
                articles=tuple(
                    replace(
                        article,
                        lead=shorten(article.lead, lead) if lead else "",
                        related=article.related[:related],
                    )
                    for article in section.articles
                ),
            )
            for section in digest.sections
        ),
    )


def without_pictures(digest: DigestContent) -> DigestContent:
    """Return the digest with words only."""
    return replace(
        digest,
        sections=tuple(
            replace(
                section,
                articles=tuple(replace(a, picture=None) for a in section.articles),
            )
            for section in digest.sections
        ),
    )
