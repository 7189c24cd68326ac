"""Flipboard: whole texts with a picture each."""

from publisher.feeds.dialects import channel_parts as channel
from publisher.feeds.dialects import checks_of_pictures as pictures
from publisher.feeds.dialects import checks_of_places as places
from publisher.feeds.dialects import checks_of_texts as texts
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

__all__ = ["FLIPBOARD"]

HELP = "Flipboard, RSS specification for publishers"
SHORTEST = 300
SMALLEST = 400

FLIPBOARD = Dialect(
    key="flipboard",
    name="Flipboard",
    limits=Limits(items=100, least_items=20),
    namespaces={"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA},
    channel=(
        channel.title,
        channel.page,
        channel.description,
        channel.language,
        channel.built_date,
        channel.own_address,
        channel.hubs,
    ),
    item=(
        item.title,
        item.page,
        item.guid,
        item.description,
        item.content,
        item.published,
        item.bylines,
        item.rubrics_and_tags,
        item.lead_enclosure,
        item.lead_media,
    ),
    rules=(
        TITLED,
        with_text(HELP),
        NOT_IN_FUTURE,
        CODED_LANGUAGE,
        own_page(HELP),
        Rule(
            id="text-short",
            where="body",
            demands=f"texts of at least {SHORTEST} characters",
            check=texts.text_under(SHORTEST),
            remedy="write a longer text, or leave this one to the feeds",
            source=HELP,
        ),
        Rule(
            id="picture-missing",
            where="picture",
            demands="at least one picture",
            check=pictures.picture_missing,
            remedy="give the article a lead picture",
            source=HELP,
        ),
        Rule(
            id="picture-small",
            where="picture",
            demands=f"a picture whose smaller side has {SMALLEST} pixels",
            check=pictures.picture_under(SMALLEST),
            remedy="put in a larger copy",
            source=HELP,
        ),
        Rule(
            id="byline-missing",
            where="byline",
            demands="the author's name",
            check=texts.byline_missing,
            remedy="name the author at the source",
            source=HELP,
            severity=Severity.WARN,
        ),
        Rule(
            id="rubric-missing",
            where="category",
            demands="a category",
            check=places.rubric_missing,
            remedy="file the article under an open rubric",
            source=HELP,
            severity=Severity.WARN,
        ),
    ),
)
