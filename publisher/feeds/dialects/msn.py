"""MSN: full articles in one language, dated in UTC."""

from publisher.feeds.dialects import channel_parts as channel
from publisher.feeds.dialects import checks_of_places as places
from publisher.feeds.dialects import checks_of_texts as texts
from publisher.feeds.dialects import item_parts as item
from publisher.feeds.dialects.dialect import Dialect, Limits, Rule, Severity
from publisher.feeds.dialects.namespaces import ATOM, CONTENT, DC, DCTERMS, MEDIA
from publisher.feeds.dialects.shared_rules import (
    CODED_LANGUAGE,
    NOT_IN_FUTURE,
    TITLED,
    one_language,
    one_page_each,
    with_text,
)

__all__ = ["MSN"]

HELP = "Microsoft Start Partner Hub, feed requirements"
SHORTEST, LONGEST = 21, 150
DAYS = 364

MSN = Dialect(
    key="msn",
    name="MSN",
    limits=Limits(items=20),
    days=DAYS,
    namespaces={
        "atom": ATOM,
        "content": CONTENT,
        "dc": DC,
        "dcterms": DCTERMS,
        "media": MEDIA,
    },
    channel=(
        channel.title,
        channel.page,
        channel.description,
        channel.language,
        channel.copyright_line,
        channel.built_date,
        channel.own_address,
    ),
    item=(
        item.title,
        item.page,
        item.guid,
        item.description,
        item.content,
        item.published,
        item.modified,
        item.bylines,
        item.rubrics,
        item.lead_media,
    ),
    rules=(
        TITLED,
        with_text(HELP),
        NOT_IN_FUTURE,
        CODED_LANGUAGE,
        one_language(HELP),
        one_page_each(HELP),
        Rule(
            id="title-short",
            where="title",
            demands="titles of more than 20 characters",
            check=texts.title_under(SHORTEST),
            remedy="write a headline that says more",
            source=HELP,
        ),
        Rule(
            id="title-long",
            where="title",
            demands=f"titles of at most {LONGEST} characters",
            check=texts.title_over(LONGEST),
            remedy="write a shorter headline",
            source=HELP,
        ),
        Rule(
            id="date-old",
            where="pubDate",
            demands="articles of the last 364 days",
            check=places.older_than(DAYS),
            remedy="nothing to do: MSN takes nothing older",
            source=HELP,
        ),
        Rule(
            id="date-order",
            where="updated",
            demands="updates that come after the publication",
            check=places.updated_before_published,
            remedy="correct the dates at the source; MSN sees no update otherwise",
            source=HELP,
            severity=Severity.WARN,
        ),
    ),
)
