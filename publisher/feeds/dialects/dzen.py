"""Dzen: articles that show there as they are written here."""

from publisher.feeds.dialects import channel_parts as channel
from publisher.feeds.dialects import checks_of_pictures as pictures
from publisher.feeds.dialects import checks_of_places as places
from publisher.feeds.dialects import checks_of_texts as texts
from publisher.feeds.dialects import dzen_parts as parts
from publisher.feeds.dialects import item_parts as item
from publisher.feeds.dialects.dialect import Dialect, Limits, Rule, Severity
from publisher.feeds.dialects.namespaces import ATOM, CONTENT, DC, MEDIA
from publisher.feeds.dialects.shared_rules import (
    CODED_LANGUAGE,
    NOT_IN_FUTURE,
    TITLED,
    own_page,
    with_text,
)
from publisher.feeds.dialects.small_html import REPLACED, SHOWN

__all__ = ["DZEN"]

HELP = "Dzen, help for authors: RSS"
DAYS = 3

# These leave nothing behind that a reader would miss.
PLAIN = "abbr bdi bdo br cite code dfn dl hr kbd mark picture q samp small source span"
TABLES = "sub sup tbody td tfoot th thead time var wbr"
WITHOUT_LOSS = frozenset([*PLAIN.split(), *TABLES.split()])

DZEN = Dialect(
    key="dzen",
    name="Dzen",
    limits=Limits(items=500),
    days=DAYS,
    namespaces={"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA},
    channel=(
        channel.title,
        channel.page,
        channel.description,
        channel.language,
        channel.built_date,
        channel.own_address,
    ),
    item=(
        item.title,
        item.page,
        item.guid,
        item.description,
        parts.content,
        item.published,
        item.bylines,
        parts.markers,
        parts.adult_rating,
        item.all_enclosures,
    ),
    rules=(
        TITLED,
        with_text(HELP),
        NOT_IN_FUTURE,
        CODED_LANGUAGE,
        own_page(HELP),
        Rule(
            id="date-old",
            where="pubDate",
            demands=f"articles of the last {DAYS} days",
            check=places.older_than(DAYS),
            remedy="nothing to do: Dzen takes news only, never old articles again",
            source=HELP,
        ),
        Rule(
            id="picture-missing",
            where="picture",
            demands="a picture for the card",
            check=pictures.picture_missing,
            remedy="give the article a lead picture",
            source=HELP,
            severity=Severity.WARN,
        ),
        Rule(
            id="picture-narrow",
            where="picture",
            demands="pictures of at least 700 pixels in width",
            check=pictures.pictures_narrower(700),
            remedy="put in a larger copy",
            source=HELP,
            severity=Severity.WARN,
        ),
        Rule(
            id="body-tags",
            where="body",
            demands="paragraphs, headings, lists, quotations, pictures and links",
            check=texts.tags_beyond(SHOWN | REPLACED.keys() | WITHOUT_LOSS),
            remedy="look at how it reads there, or write it in plain paragraphs",
            source=HELP,
            severity=Severity.WARN,
        ),
    ),
)
