"""SmartNews: SmartFormat 2.1, without analytics or advertisements."""

from publisher.feeds.dialects import channel_parts as channel
from publisher.feeds.dialects import checks_of_pictures as pictures
from publisher.feeds.dialects import checks_of_texts as texts
from publisher.feeds.dialects import item_parts as item
from publisher.feeds.dialects.dialect import Dialect, Limits, Rule, Severity
from publisher.feeds.dialects.namespaces import ATOM, CONTENT, DC, MEDIA, SNF
from publisher.feeds.dialects.shared_rules import (
    CODED_LANGUAGE,
    NOT_IN_FUTURE,
    TITLED,
    one_language,
    with_text,
)

__all__ = ["SMARTNEWS"]

HELP = "SmartNews, SmartFormat specification 2.1"
MEGABYTE = 1_000_000

SMARTNEWS = Dialect(
    key="smartnews",
    name="SmartNews",
    limits=Limits(items=200, size=MEGABYTE),
    namespaces={
        "atom": ATOM,
        "content": CONTENT,
        "dc": DC,
        "media": MEDIA,
        "snf": SNF,
    },
    channel=(
        channel.title,
        channel.page,
        channel.short_description,
        channel.published_date,
        channel.language,
        channel.copyright_line,
        channel.time_to_live,
        channel.own_address,
        channel.smartnews_logo,
    ),
    item=(
        item.title,
        item.page,
        item.guid,
        item.description,
        item.content,
        item.published,
        item.bylines,
        item.written_in,
        item.rubrics,
        item.lead_thumbnail,
    ),
    rules=(
        TITLED,
        with_text(HELP),
        NOT_IN_FUTURE,
        CODED_LANGUAGE,
        one_language(HELP),
        Rule(
            id="content-heavy",
            where="body",
            demands="articles of at most half of the 1 MB that all may take",
            check=texts.content_over(MEGABYTE // 2),
            remedy="divide the article, or take embedded pictures out of its text",
            source=HELP,
        ),
        Rule(
            id="picture-missing",
            where="picture",
            demands="a picture for lists",
            check=pictures.picture_missing,
            remedy="give the article a lead picture",
            source=HELP,
            severity=Severity.WARN,
        ),
    ),
    tells_withdrawn=True,
)
