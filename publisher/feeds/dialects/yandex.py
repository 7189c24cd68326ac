"""Yandex: "Latest and most important news" in search, by RSS with the full text."""

from publisher.feeds.dialects import channel_parts as channel
from publisher.feeds.dialects import checks_of_pictures as pictures
from publisher.feeds.dialects import checks_of_places as places
from publisher.feeds.dialects import checks_of_texts as texts
from publisher.feeds.dialects import item_parts as item
from publisher.feeds.dialects import yandex_parts as parts
from publisher.feeds.dialects.dialect import Dialect, Limits, Rule, Severity
from publisher.feeds.dialects.namespaces import ATOM, YANDEX
from publisher.feeds.dialects.shared_rules import (
    CODED_LANGUAGE,
    NOT_IN_FUTURE,
    TITLED,
    one_page_each,
    own_page,
    with_text,
)

__all__ = ["YANDEX_NEWS"]

HELP = "Yandex Webmaster, Latest and most important news"
EXPORT = "Yandex: export of full texts, as its exporters' maintainers report refusals"

YANDEX_NEWS = Dialect(
    key="yandex",
    name="Yandex",
    limits=Limits(items=200),
    namespaces={"atom": ATOM, "yandex": YANDEX},
    channel=(
        channel.title,
        channel.page,
        channel.description,
        channel.language,
        channel.built_date,
        channel.own_address,
        channel.yandex_logos,
    ),
    item=(
        # First: some readers take the last link they meet for the article's own.
        parts.related,
        item.title,
        item.page,
        item.guid,
        item.description,
        item.published,
        item.rubrics,
        item.own_enclosures,
        parts.genre,
        parts.full_text,
    ),
    rules=(
        TITLED,
        with_text(HELP),
        NOT_IN_FUTURE,
        CODED_LANGUAGE,
        own_page(HELP),
        one_page_each(HELP),
        Rule(
            id="page-front",
            where="link",
            demands="a page with one article",
            check=places.page_is_front,
            remedy="link to the article's own page",
            source=HELP,
        ),
        Rule(
            id="text-address",
            where="body",
            demands="a text that equals the page's, without bare addresses",
            check=texts.address_in_text,
            remedy="make the address a link with words, or take it out",
            source=EXPORT,
        ),
        Rule(
            id="text-contacts",
            where="body",
            demands="a text without contacts",
            check=texts.contacts_in_text,
            remedy="leave mailboxes and telephone numbers out of the text",
            source=HELP,
            severity=Severity.WARN,
        ),
        Rule(
            id="text-source",
            where="body",
            demands="a text without the source's name",
            check=texts.source_in_text,
            remedy="put authors into the byline and credits beside the picture",
            source=HELP,
            severity=Severity.WARN,
        ),
        Rule(
            id="text-links",
            where="body",
            demands="a text without extra links",
            check=texts.links_in_text,
            remedy="name other articles in the field for related ones",
            source=HELP,
            severity=Severity.WARN,
        ),
        Rule(
            id="picture-elsewhere",
            where="picture",
            demands="pictures on the newspaper's own site",
            check=pictures.picture_elsewhere,
            remedy="keep the picture on your site; it goes out without this one",
            source=EXPORT,
            severity=Severity.WARN,
        ),
    ),
)
