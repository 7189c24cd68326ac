"""What readers said about an article, as its record tells it."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import NoReturn

from publisher.model.comment import IncomingComment, UnusableComment
from publisher.rendering.cleaning.addresses import web_link
from publisher.rendering.cleaning.characters import legal
from publisher.rendering.cleaning.text import clean_text
from publisher.sources.fields import Fields
from publisher.sources.record import Record

__all__ = ["Comments", "read_comments"]

MAX_COMMENTS = 2000
"""Of one article; a longer list is most likely a mistake."""
MAX_ID = 500
MAX_AUTHOR = 500
MAX_URL = 2000
MAX_LENGTH = 100_000
_NAMES = ("id", "author", "published", "text", "html", "url")


class Comments:
    """Where the comments are, how many there are, and those that came along."""

    def __init__(self) -> None:
        self.url: str | None = None
        self.count: int | None = None
        self.usable: list[IncomingComment] = []
        self.unusable: list[UnusableComment] = []


def read_comments(fields: Fields, record: Record, article_url: str) -> Comments:
    """Return what a record says under `comments`; addresses become absolute.

    A comment that cannot be meant as it stands does not harm the article.
    """
    value = fields.value("comments")
    found, address, count = Comments(), "", None
    said: object = None
    if isinstance(value, list):
        said = value
    elif isinstance(value, dict):
        fields.note_unknown(("url", "count", "list"), list(value), ' in "comments"')
        address = fields.text_of(value.get("url"), "comments")
        count, said = value.get("count"), value.get("list")
    else:
        address = fields.text("comments")
    found.url = web_link(address, article_url) if address else None
    if address and found.url is None:
        fields.notes.append(f'"comments": "{address[:80]}" is no http(s) address')
    if said is not None and not isinstance(said, list):
        fields.notes.append('"comments": "list" is no list of comments, passed over')
    elif said:
        _read_all(found, fields, record, article_url, said)
    if count is not None:
        found.count = fields.number_of(count, "comments")
    elif said:
        found.count = len(found.usable)
    return found


def _read_all(
    found: Comments,
    fields: Fields,
    record: Record,
    article_url: str,
    said: Sequence[object],
) -> None:
    keys: set[str] = set()
    for number, one in enumerate(said, start=1):
        try:
            comment = _read(one, fields, article_url)
            if comment.key in keys:
                _refuse(f'id: "{comment.key[:60]}" stands twice')
            if number > MAX_COMMENTS:
                _refuse(f"there are more than {MAX_COMMENTS} comments")
        except _UnusableError as error:
            place = f"{record.where('comments')}: comment {number}"
            raw = json.dumps(one, ensure_ascii=False, default=str)
            found.unusable.append(UnusableComment(place, str(error), raw))
        else:
            keys.add(comment.key)
            found.usable.append(comment)


class _UnusableError(Exception):
    """A comment cannot be taken in; says what is wrong and what to do."""


def _refuse(reason: str) -> NoReturn:
    raise _UnusableError(reason)


def _read(one: object, fields: Fields, article_url: str) -> IncomingComment:
    if not isinstance(one, dict):
        _refuse("a comment is an object {…}; write it as one")
    fields.note_unknown(_NAMES, list(one), ' in a comment of "comments"')
    author = clean_text(_text(one, "author", MAX_AUTHOR), MAX_AUTHOR)
    if not author:
        _refuse("author: there is none; every comment needs one")
    published_at = fields.find_moment(one.get("published"))
    if published_at is None:
        _refuse("published: no date and time; write it as 2026-11-20T09:30:00+05:00")
    key = _text(one, "id", MAX_ID)
    if not key:
        _refuse("id: there is none; give it one that never changes")
    url = _text(one, "url", MAX_URL)
    link = web_link(url, article_url) if url else ""
    if link is None or len(link) > MAX_URL:
        _refuse(f'url: "{url[:80]}" is no http(s) address; correct it')
    return IncomingComment(
        key=key,
        author=author,
        published_at=published_at,
        body_html=_body(one),
        url=link,
    )


def _body(one: Mapping[str, object]) -> str:
    """Return the words as HTML, not cleaned; of a plain text every sign is shown."""
    html = _text(one, "html", MAX_LENGTH)
    if html:
        return html
    plain = _text(one, "text", MAX_LENGTH).replace("\r\n", "\n")
    if not plain:
        _refuse('there is neither "text" nor "html"; write one of them')
    parts = (part.strip() for part in plain.split("\n\n"))
    return "".join(
        f"<p>{escape(part, quote=False).replace(chr(10), '<br>')}</p>"
        for part in parts
        if part
    )


def _text(one: Mapping[str, object], name: str, limit: int) -> str:
    value = one.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse(f"{name}: a text is expected here")
    if len(value) > limit:
        _refuse(f"{name}: is longer than {limit} characters; shorten it")
    return legal(value).strip()
