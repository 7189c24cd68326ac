"""An article as feeds show it: repaired, resolved, and the same for every format.

Everything that can be repaired is: illegal characters, addresses that are not ASCII, a
missing title or lead, several translations into one language. What cannot be raises an
ArticleError that names the article, so that the others still go out (law 5).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from publisher.errors import ArticleError
from publisher.feeds.addresses import PREFIX, ascii_url
from publisher.feeds.characters import clean, clean_line
from publisher.feeds.content import excerpt, full_content
from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.feed import FORMATS, FeedFormat, SiteFacts, comments_feed
from publisher.model.rubric import RubricTree

__all__ = ["Entry", "InReplyTo", "RubricLabel", "entry_of"]

_IMAGE_TYPE = re.compile(r"image/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class RubricLabel:
    """A rubric an article is filed under: permanent key, and names from the root."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class InReplyTo:
    """The article that a comment is about: permanent id and address (RFC 4685)."""

    uid: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry of a feed says; every text is clean, every address ASCII.

    Neither `lead` nor `authors` is ever empty: an article without either has its
    beginning or title there, and the newspaper. `content_html` is empty where only the
    lead is shown. `comment_count` is None where there is nothing to count;
    `comments_urls` are those of the article's comments feed, the newest of which is of
    `commented_at`, and empty without one. `in_reply_to` makes it a comment.
    """

    uid: str
    url: str
    title: str
    lead: str
    content_html: str
    language: str
    published_at: datetime
    updated_at: datetime
    authors: tuple[Byline, ...]
    picture: Picture | None
    rubrics: tuple[RubricLabel, ...]
    rubrics_url: str
    tags: tuple[str, ...]
    rights: str
    comments_url: str
    comment_count: int | None
    related: tuple[Link, ...]
    translations: tuple[Link, ...]
    comments_urls: Mapping[FeedFormat, str] = field(default_factory=dict)
    commented_at: datetime | None = None
    in_reply_to: InReplyTo | None = None


def entry_of(article: Article, tree: RubricTree, facts: SiteFacts) -> Entry:
    """Return what feeds say about an article; raises ArticleError when unusable."""
    body = clean(article.body_html).strip()
    lead = clean_line(article.lead) or excerpt(body)
    picture = _picture(article.picture)
    published_at = _utc(article, "published_at", article.published_at)
    updated_at = _utc(article, "updated_at", article.updated_at)
    comments_url = ascii_url(article.comments_url or "") or ""
    language = clean_line(article.language)
    title = _needed(article, "title", clean_line(article.title) or lead)
    return Entry(
        uid=_needed(article, "uid", clean_line(article.uid)),
        url=_needed(article, "url", ascii_url(article.url) or ""),
        title=title,
        lead=lead or title,
        content_html=full_content(body, lead or title, picture),
        language=language,
        published_at=published_at,
        updated_at=max(updated_at, published_at),
        authors=_authors(article, facts),
        picture=picture,
        rubrics=tuple(
            RubricLabel(key, _without_commas(tree.label(key, language)))
            for key in dict.fromkeys(article.rubric_keys)
            # Closed since: the tree no longer knows it.
            if key in tree
        ),
        rubrics_url=ascii_url(facts.rubrics_url) or "",
        tags=_tags(article.tags),
        rights=clean_line(article.rights or facts.rights_line(language)),
        comments_url=comments_url,
        comment_count=_count(article.comment_count)
        if comments_url or article.commented_at is not None
        else None,
        related=tuple(_links(article.related)),
        translations=_one_each(_links(article.translations), language),
        comments_urls=_comments_urls(article, facts),
        commented_at=article.commented_at,
    )


def _comments_urls(article: Article, facts: SiteFacts) -> Mapping[FeedFormat, str]:
    if article.commented_at is None:
        return {}
    stem = f"{facts.base_url}{PREFIX}{comments_feed(article.id).path('')}"
    return {form: f"{stem}.{form.value}" for form in FORMATS}


def _needed(article: Article, what: str, value: str) -> str:
    if value:
        return value
    given = getattr(article, what)
    msg = (
        f'article {article.id} "{article.title[:60]}": {what} {given!r} cannot be'
        " shown in a feed; correct it at the source"
    )
    raise ArticleError(msg)


def _utc(article: Article, what: str, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = (
            f'article {article.id} "{article.title[:60]}": {what} {moment.isoformat()}'
            " has no time zone; store it as aware UTC"
        )
        raise ArticleError(msg)
    return moment.astimezone(UTC)


def _authors(article: Article, facts: SiteFacts) -> tuple[Byline, ...]:
    named = tuple(
        Byline(name, ascii_url(byline.url or ""))
        for byline in article.bylines
        if (name := clean_line(byline.name))
    )
    newspaper = clean_line(facts.title(article.language)) or facts.url
    return named or (Byline(newspaper, ascii_url(facts.url)),)


def _picture(picture: Picture | None) -> Picture | None:
    url = ascii_url(picture.url) if picture is not None else None
    if picture is None or url is None:
        return None
    media_type = picture.media_type.strip().lower()
    return replace(
        picture,
        url=url,
        alt=clean_line(picture.alt),
        caption=clean_line(picture.caption),
        credit=clean_line(picture.credit),
        width=max(0, picture.width),
        height=max(0, picture.height),
        length=max(0, picture.length),
        media_type=media_type if _IMAGE_TYPE.fullmatch(media_type) else "image/jpeg",
    )


def _count(comments: int | None) -> int | None:
    return comments if comments is not None and comments >= 0 else None


def _without_commas(text: str) -> str:
    """Readers such as FreshRSS split the text of a category at commas."""
    return clean_line(text).replace(",", ";")


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(t for t in dict.fromkeys(map(_without_commas, tags)) if t)


def _links(links: Iterable[Link]) -> Iterable[Link]:
    for link in links:
        url = ascii_url(link.url)
        if url is not None:
            yield Link(url, clean_line(link.title), clean_line(link.language))


def _one_each(links: Iterable[Link], own_language: str) -> tuple[Link, ...]:
    """Keep one translation per language: Atom allows one alternate per hreflang."""
    kept: dict[str, Link] = {}
    for link in links:
        if link.language and link.language != own_language:
            kept.setdefault(link.language, link)
    return tuple(kept.values())
