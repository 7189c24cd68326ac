"""An article at its two stations: as a source hands it over, and as we keep it."""

from dataclasses import dataclass, field
from datetime import datetime

from publisher.model.comment import IncomingComment, UnusableComment

__all__ = ["Article", "Byline", "IncomingArticle", "Link", "Picture"]


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote it, as printed under the headline."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The lead image; sizes in pixels, `length` in bytes, 0 when unknown."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int = 0
    height: int = 0
    length: int = 0
    media_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Link:
    """Another article we point to: related, or the same one in another language."""

    url: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingArticle:
    """What a source hands over: untrusted, not cleaned, not yet ours.

    `rubrics` holds the source's own names for rubrics (key, path, alias or name), the
    main one first. `related` and `translation_of` hold the source's article ids.
    `guid` is the permanent id that an imported article already had in public.
    `body_html` may contain anything; `lead` and `title` are plain text.
    """

    source_id: str
    language: str
    title: str
    body_html: str
    published_at: datetime
    url: str
    rubrics: tuple[str, ...]
    lead: str = ""
    guid: str | None = None
    bylines: tuple[Byline, ...] = ()
    picture: Picture | None = None
    tags: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    translation_of: str | None = None
    modified_at: datetime | None = None
    embargo_until: datetime | None = None
    comments_url: str | None = None
    comment_count: int | None = None
    comments: tuple[IncomingComment, ...] = ()
    unusable_comments: tuple[UnusableComment, ...] = ()
    rights: str = ""
    is_withdrawn: bool = False
    problems: tuple[str, ...] = field(default=())
    """What was repaired on the way in, for the operator to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A public article with everything a feed or a digest shows, already resolved.

    `uid` is the permanent id (law 1). `body_html` is clean, with absolute links.
    `rubric_keys` has the main rubric first. `published_at` never moves; `updated_at`
    moves on significant edits (law 6). `entry_version` grows whenever anything that
    a feed or digest shows of this article changes. `commented_at` is the time of the
    newest comment that we have, None when we have none.
    """

    id: int
    uid: str
    revision: int
    entry_version: int
    language: str
    title: str
    lead: str
    body_html: str
    url: str
    rubric_keys: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    bylines: tuple[Byline, ...] = ()
    picture: Picture | None = None
    tags: tuple[str, ...] = ()
    related: tuple[Link, ...] = ()
    translations: tuple[Link, ...] = ()
    comments_url: str | None = None
    comment_count: int | None = None
    commented_at: datetime | None = None
    rights: str = ""
