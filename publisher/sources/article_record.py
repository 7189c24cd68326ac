"""A record becomes an article, or is refused with everything that is wrong with it."""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from publisher.model.article import Byline, IncomingArticle
from publisher.rendering.cleaning.addresses import web_link
from publisher.sources.body import read_body
from publisher.sources.comments_field import read_comments
from publisher.sources.fields import ALIASES, Fields
from publisher.sources.local_pictures import LocalPictures
from publisher.sources.picture_field import read_picture
from publisher.sources.record import Record
from publisher.sources.source import Refusal, SourceDefaults

__all__ = ["article_of"]

MAX_TITLE = 1000
MAX_ID = 1000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_NOT_IN_SLUG = re.compile(r"[\s?#%\\\"<>]+")


def article_of(
    record: Record,
    defaults: SourceDefaults,
    pictures: LocalPictures,
    written_at: datetime,
) -> IncomingArticle | Refusal:
    """Return the article that a record describes, or why it describes none.

    `written_at`, when the file was last written, dates an article that has no date.
    """
    fields = Fields(record, defaults.zone)
    published_at = fields.moment("published")
    if published_at is None and not fields.complaints:
        published_at = written_at
        fields.notes.append('"published" is missing; the time of the file was taken')
    source_id = _id(fields, record)
    language = _language(fields, defaults)
    url = _url(fields, defaults, (source_id, language, published_at or written_at))
    comments = read_comments(fields, record, url)
    article = IncomingArticle(
        source_id=source_id,
        guid=fields.text("guid", MAX_ID) or None,
        language=language,
        title=_title(fields),
        lead=fields.text("lead"),
        body_html=read_body(fields, record, pictures),
        published_at=published_at or written_at,
        modified_at=fields.moment("modified"),
        embargo_until=fields.moment("embargo"),
        url=url,
        rubrics=_rubrics(fields),
        bylines=_bylines(fields, defaults.site_url),
        picture=read_picture(fields, record.path, pictures, defaults.site_url),
        tags=_tags(fields),
        related=fields.texts("related"),
        translation_of=fields.text("translation_of", MAX_ID) or None,
        comments_url=comments.url,
        comment_count=comments.count,
        comments=tuple(comments.usable),
        unusable_comments=tuple(comments.unusable),
        rights=fields.text("rights"),
        is_withdrawn=fields.flag("withdrawn"),
    )
    known = [*ALIASES, *(a for aliases in ALIASES.values() for a in aliases)]
    fields.note_unknown([*known, *record.body_names], list(record.values), "")
    if fields.complaints:
        return _refusal(record, fields)
    return replace(article, problems=tuple(dict.fromkeys(fields.notes)))


def _refusal(record: Record, fields: Fields) -> Refusal:
    """Return all complaints as one refusal, at the place of the first."""
    (first, reason), *others = fields.complaints
    reasons = [reason]
    for name, text in others:
        line = record.key_lines.get(name)
        is_elsewhere = line is not None and line != record.key_lines.get(first)
        reasons.append(f"line {line}: {text}" if is_elsewhere else text)
    return Refusal(record.where(first), "; ".join(reasons), record.raw)


def _title(fields: Fields) -> str:
    count = len(fields.complaints)
    title = fields.text("title", MAX_TITLE)
    if not title and len(fields.complaints) == count:
        fields.complain("title", "there is none; every article needs one")
    return title


def _id(fields: Fields, record: Record) -> str:
    """Return the id in the source: given, the file's name, or what else lasts."""
    given = fields.text("id", MAX_ID) or record.default_id
    if given:
        return given
    for name in ("guid", "url"):
        other = fields.text(name, MAX_ID)
        if other:
            fields.notes.append(f'"id" is missing; "{name}" was taken: never change it')
            return other
    fields.complain("id", "there is none; give every article one that never changes")
    return ""


def _language(fields: Fields, defaults: SourceDefaults) -> str:
    language = fields.text("language").replace("_", "-").lower() or defaults.language
    if language == "kz":
        fields.notes.append('"kz" is the country; its language is "kk"')
        return "kk"
    if not _LANGUAGE.fullmatch(language.lower()):
        name = fields.written_name("language")
        fields.complain(name, f'"{language[:30]}" is no language; write ru, kk or en')
    return language


def _url(
    fields: Fields, defaults: SourceDefaults, about: tuple[str, str, datetime]
) -> str:
    """Return the article's address: given, or after the pattern of the source."""
    source_id, language, published_at = about
    given = fields.text("url")
    if given:
        url = web_link(given, defaults.site_url + "/")
        if url is None:
            fields.complain("url", f'"{given[:80]}" is no http(s) address; correct it')
        return url or ""
    slug = _NOT_IN_SLUG.sub("-", fields.text("slug") or source_id).strip("-/")
    local = published_at.astimezone(defaults.zone)
    address = defaults.article_url.format_map(
        {
            "site": defaults.site_url.rstrip("/"),
            "language": language,
            "slug": quote(slug),
            "id": quote(source_id, safe=""),
            "year": f"{local.year:04}",
            "month": f"{local.month:02}",
            "day": f"{local.day:02}",
        }
    )
    return web_link(address, defaults.site_url + "/") or defaults.site_url


def _rubrics(fields: Fields) -> tuple[str, ...]:
    """Return the rubrics; a lineage, written from the root down, means its last one."""
    rubrics = fields.texts("rubrics")
    return rubrics if fields.written_name("rubrics") == "rubrics" else rubrics[-1:]


def _bylines(fields: Fields, site_url: str) -> tuple[Byline, ...]:
    name = fields.written_name("authors")
    bylines = []
    for entry in fields.entries("authors"):
        if isinstance(entry, dict):
            fields.note_unknown(("name", "url"), list(entry), f' in "{name}"')
            author = fields.text_of(entry.get("name"), name)
            address = fields.text_of(entry.get("url"), name)
            url = web_link(address, site_url + "/") if address else None
            if address and url is None:
                fields.notes.append(f'"{name}": "{address[:80]}" is no http(s) address')
            bylines.append(Byline(author, url))
        else:
            bylines.append(Byline(fields.text_of(entry, name)))
    return tuple(byline for byline in bylines if byline.name)


def _tags(fields: Fields) -> tuple[str, ...]:
    """Return the tags; one text may hold several, parted by commas."""
    tags = fields.texts("tags")
    if len(tags) == 1:
        tags = tuple(tag.strip() for tag in tags[0].split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))
