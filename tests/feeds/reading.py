"""Documents read back: by feedparser and lxml for XML, by json for JSON Feed.

Every format ends as the same `ReadArticle`, so that formats can be compared.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from time import struct_time
from typing import Any

import feedparser
from feedparser import FeedParserDict
from lxml import etree

from publisher.model.feed import FeedFormat

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
}
BYLINE_PAGE = NAMES["dc"] + "creator"


@dataclass(frozen=True, kw_only=True)
class ReadArticle:
    uid: str
    url: str
    title: str
    lead: str
    content: str
    published_at: datetime
    updated_at: datetime
    authors: tuple[str, ...]
    author_urls: tuple[str, ...]
    labels: tuple[str, ...]
    picture: tuple[str, str, str]
    caption: str
    credit: str
    alt: str
    rights: str
    comments_url: str
    comment_count: int | None
    related: tuple[tuple[str, str, str], ...]
    translations: tuple[tuple[str, str, str], ...]
    language: str


def parsed(document: bytes, form: FeedFormat) -> FeedParserDict:
    """Parse with feedparser, which must find nothing to complain of."""
    feed = feedparser.parse(
        document,
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": form.media_type},
    )
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def read(document: bytes, form: FeedFormat) -> list[ReadArticle]:
    """Read every article of a document."""
    if form is FeedFormat.JSON:
        return [_from_json(item) for item in json.loads(document)["items"]]
    feed = parsed(document, form)
    root = etree.fromstring(document, etree.XMLParser(huge_tree=True))
    tag = "channel/item" if form is FeedFormat.RSS else "a:entry"
    elements = root.findall(tag, NAMES)
    assert len(elements) == len(feed.entries)
    one = _from_rss if form is FeedFormat.RSS else _from_atom
    return [one(e, element) for e, element in zip(feed.entries, elements, strict=True)]


def _from_rss(entry: FeedParserDict, item: etree._Element) -> ReadArticle:
    links = item.findall("a:link", NAMES)
    return ReadArticle(
        authors=tuple(e.text or "" for e in item.findall("dc:creator", NAMES)),
        author_urls=_hrefs(links, BYLINE_PAGE),
        language=item.findtext("dc:language", "", NAMES),
        rights=item.findtext("dc:rights", "", NAMES),
        comments_url=item.findtext("comments", ""),
        comment_count=_number(item.findtext("slash:comments", None, NAMES)),
        lead=_plain_lead(entry),
        **_in_both(entry, item, links),
    )


def _plain_lead(entry: FeedParserDict) -> str:
    # An item's description is HTML; only texts that could be taken for it are escaped.
    return unescape(entry.get("summary", ""))


def _from_atom(entry: FeedParserDict, element: etree._Element) -> ReadArticle:
    links = element.findall("a:link", NAMES)
    replies = [link for link in links if link.get("rel") == "replies"]
    return ReadArticle(
        authors=tuple(e.text or "" for e in element.findall("a:author/a:name", NAMES)),
        author_urls=tuple(
            e.text or "" for e in element.findall("a:author/a:uri", NAMES)
        ),
        language=element.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
        rights=element.findtext("a:rights", "", NAMES),
        comments_url=replies[0].get("href", "") if replies else "",
        comment_count=_number(element.findtext("thr:total", None, NAMES)),
        lead=entry.get("summary", ""),
        **_in_both(entry, element, links),
    )


def _in_both(
    entry: FeedParserDict, element: etree._Element, links: list[etree._Element]
) -> dict[str, Any]:
    media = element.findall("media:content", NAMES)
    assert len(media) == len(entry.get("enclosures", [])) <= 1
    enclosure = entry.enclosures[0] if media else {}
    assert not media or media[0].get("url") == enclosure["href"]

    def of_media(name: str) -> str:
        return media[0].findtext(f"media:{name}", "", NAMES) if media else ""

    return {
        "uid": entry.id,
        "url": entry.link,
        "title": entry.title,
        # Short feeds have none.
        "content": entry.content[0].value if "content" in entry else "",
        "published_at": _moment(entry.published_parsed),
        "updated_at": _moment(entry.updated_parsed),
        "labels": tuple(tag.label or tag.term for tag in entry.get("tags", [])),
        "picture": tuple(
            enclosure.get(name, "") for name in ("href", "type", "length")
        ),
        "caption": of_media("description"),
        "credit": of_media("credit"),
        "alt": of_media("title"),
        "related": _described(links, "related"),
        # The first and the last alternate are the article's own page.
        "translations": _described(links, "alternate")[1:-1],
    }


def _hrefs(links: list[etree._Element], rel: str) -> tuple[str, ...]:
    return tuple(link.get("href", "") for link in links if link.get("rel") == rel)


def _described(
    links: list[etree._Element], rel: str
) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (link.get("href", ""), link.get("title", ""), link.get("hreflang", ""))
        for link in links
        if link.get("rel") == rel
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None else None


def _moment(parts: struct_time) -> datetime:
    return datetime(*parts[:6], tzinfo=UTC)


def _from_json(item: dict[str, Any]) -> ReadArticle:
    more = item.get("_publisher", {})
    picture = more.get("picture", {})
    length = str(picture.get("size_in_bytes", 0)) if picture else ""
    assert item.get("image", "") == picture.get("url", "")
    return ReadArticle(
        uid=item["id"],
        url=item["url"],
        title=item["title"].strip(),
        lead=item.get("summary", "").strip(),
        content=item.get("content_html", "").strip(),
        published_at=_second(item["date_published"]),
        updated_at=_second(item["date_modified"]),
        authors=tuple(author["name"] for author in item["authors"]),
        author_urls=tuple(a["url"] for a in item["authors"] if "url" in a),
        labels=tuple(item.get("tags", ())),
        picture=(picture.get("url", ""), picture.get("mime_type", ""), length),
        caption=picture.get("caption", ""),
        credit=picture.get("credit", ""),
        alt=picture.get("alt", ""),
        rights=more.get("rights", ""),
        comments_url=more.get("comments", {}).get("url", ""),
        comment_count=more.get("comments", {}).get("count"),
        related=_from_links(more.get("related", [])),
        translations=_from_links(more.get("translations", [])),
        language=item.get("language", ""),
    )


def _second(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(microsecond=0)


def _from_links(links: list[dict[str, str]]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (link["url"], link.get("title", ""), link.get("language", "")) for link in links
    )
