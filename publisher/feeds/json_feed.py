"""JSON Feed 1.1: the same entries and heads as objects.

What the format has no place for stands under `_publisher`, the key of our extension:
in items `rubrics`, `picture`, `rights`, `comments`, `related`, `translations`, and
`in_reply_to` where it is a comment; in the feed `id`, `updated`, `rights`,
`ttl_minutes`, `alternates`, `variants`, `removed`, and of its history (RFC 5005)
`is_archive`, `current_url`, `prev_archive_url` (which is also
`next_url`) and `next_archive_url`. The picture is the item's `image` and no attachment,
so that it is declared once.
"""

import json
from collections.abc import Mapping
from typing import Any

from publisher.feeds.characters import clean_line
from publisher.feeds.entries import Entry
from publisher.model.article import Link, Picture
from publisher.model.feed import FeedFormat, FeedHead

__all__ = ["head_bytes", "item_bytes"]

VERSION = "https://jsonfeed.org/version/1.1"

# A noncharacter, which no clean text holds.
_STAND_IN = "\ufdd2"
_CONTENT_HERE = f'"{_STAND_IN}"'


def item_bytes(entry: Entry) -> bytes:
    """Return one item object in UTF-8."""
    item = _dumped(
        {
            "id": entry.uid,
            "url": entry.url,
            "title": entry.title,
            "summary": entry.lead,
            **_content(entry),
            **_given({"image": entry.picture.url if entry.picture else ""}),
            "date_published": entry.published_at.isoformat(),
            "date_modified": entry.updated_at.isoformat(),
            "authors": [
                _given({"name": author.name, "url": author.url})
                for author in entry.authors
            ],
            **_given(
                {
                    "tags": [*(r.label for r in entry.rubrics), *entry.tags],
                    "language": entry.language,
                    "_publisher": _item_extension(entry),
                }
            ),
        }
    )
    # Four replacements take a quarter of the time that json looks at a long text for.
    content = _escaped(entry.content_html)
    return item.replace(_CONTENT_HERE, f'"{content}"', 1).encode()


def _escaped(text: str) -> str:
    """Return a clean text as it stands in a JSON string."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\n", "\\n").replace("\t", "\\t")


def _content(entry: Entry) -> dict[str, str]:
    """Return the text; the lead stands for it where only that is shown."""
    if entry.content_html:
        return {"content_html": _STAND_IN}
    return {"content_text": entry.lead}


def _item_extension(entry: Entry) -> dict[str, Any]:
    comments = {
        "url": entry.comments_url,
        "count": entry.comment_count,
        "feed_url": entry.comments_urls.get(FeedFormat.JSON, ""),
        "updated": entry.commented_at and entry.commented_at.isoformat(),
    }
    article = entry.in_reply_to
    return _given(
        {
            "rubrics": [{"key": r.key, "label": r.label} for r in entry.rubrics],
            "picture": _picture(entry.picture),
            "rights": entry.rights,
            "comments": {k: v for k, v in comments.items() if v not in {"", None}},
            "related": [_link(link) for link in entry.related],
            "translations": [_link(link) for link in entry.translations],
            "in_reply_to": {"id": article.uid, "url": article.url} if article else {},
        }
    )


def _picture(picture: Picture | None) -> dict[str, Any]:
    if picture is None:
        return {}
    return _given(
        {
            "url": picture.url,
            "alt": picture.alt,
            "caption": picture.caption,
            "credit": picture.credit,
            "width": picture.width,
            "height": picture.height,
            "mime_type": picture.media_type,
            "size_in_bytes": picture.length,
        }
    )


def _link(link: Link) -> dict[str, Any]:
    return _given({"url": link.url, "title": link.title, "language": link.language})


def head_bytes(head: FeedHead) -> bytes:
    """Return the feed object up to and including `"items":[`, in UTF-8."""
    feed = {
        "version": VERSION,
        "title": clean_line(head.title),
        "home_page_url": head.home_url,
        "feed_url": head.urls[FeedFormat.JSON],
        **_given(
            {
                "description": clean_line(head.description),
                "next_url": head.prev_archives.get(FeedFormat.JSON),
                "icon": head.logo_url,
                "favicon": head.icon_url,
            }
        ),
        "authors": [
            _given({"name": clean_line(head.site_title), "url": head.site_url})
        ],
        **_given({"language": head.language}),
        **_given({"hubs": [{"type": "WebSub", "url": url} for url in head.hub_urls]}),
        "_publisher": _head_extension(head),
    }
    return _dumped(feed)[:-1].encode() + b',"items":['


def _head_extension(head: FeedHead) -> dict[str, Any]:
    return _given(
        {
            "id": head.uid,
            "updated": head.updated_at.isoformat(),
            "rights": clean_line(head.rights),
            "ttl_minutes": max(1, int(head.ttl.total_seconds() // 60)),
            "alternates": [
                *(
                    {"url": url, "type": form.link_type}
                    for form, url in head.urls.items()
                    if form is not FeedFormat.JSON
                ),
                *(
                    {
                        "url": urls[FeedFormat.JSON],
                        "type": FeedFormat.JSON.link_type,
                        "language": language,
                    }
                    for language, urls in head.alternates.items()
                    if FeedFormat.JSON in urls
                ),
            ],
            "variants": [
                {
                    "url": urls[FeedFormat.JSON],
                    "type": FeedFormat.JSON.link_type,
                    "variant": variant.value,
                }
                for variant, urls in head.variants.items()
            ],
            "is_archive": bool(head.currents),
            "current_url": head.currents.get(FeedFormat.JSON),
            "prev_archive_url": head.prev_archives.get(FeedFormat.JSON),
            "next_archive_url": head.next_archives.get(FeedFormat.JSON),
            "removed": [
                {"id": gone.uid, "removed_at": gone.at.isoformat()}
                for gone in head.tombstones
            ],
        }
    )


def _given(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty: JSON Feed has no empty values."""
    return {name: value for name, value in pairs.items() if value}


def _dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
