"""Demands that several aggregators make in the same words."""

from publisher.feeds.dialects import checks_of_places as places
from publisher.feeds.dialects import checks_of_texts as texts
from publisher.feeds.dialects.dialect import ONE_LANGUAGE, Rule, Severity

__all__ = [
    "CODED_LANGUAGE",
    "NOT_IN_FUTURE",
    "TITLED",
    "one_language",
    "one_page_each",
    "own_page",
    "with_text",
]

RSS = "RSS 2.0 and the RSS Best Practices Profile"

TITLED = Rule(
    id="title-missing",
    where="title",
    demands="a title",
    check=texts.title_missing,
    remedy="give the article a headline at its source",
    source=f"{RSS}: an item has a title",
)

NOT_IN_FUTURE = Rule(
    id="date-future",
    where="pubDate",
    demands="dates that have come",
    check=places.published_in_future,
    remedy="correct the date of publication at the source, or wait for it",
    source="RSS 2.0, pubDate; the W3C feed validator warns of dates to come",
)

CODED_LANGUAGE = Rule(
    id="language-code",
    where="language",
    demands="a language of RFC 5646",
    check=places.language_of_country,
    remedy="name the language of the article at its source",
    source="RFC 5646 section 2.1",
)


def with_text(source: str) -> Rule:
    """Return the demand for a full text."""
    return Rule(
        id="text-missing",
        where="body",
        demands="the full text",
        check=texts.text_missing,
        remedy="write the article's text, pictures alone are none",
        source=source,
    )


def own_page(source: str) -> Rule:
    """Return the demand for a page on the newspaper's own site."""
    return Rule(
        id="page-elsewhere",
        where="link",
        demands="pages of the newspaper's own site",
        check=places.page_elsewhere,
        remedy="give the article its address on your site, or set `site.url`",
        source=source,
    )


def one_page_each(source: str) -> Rule:
    """Return the demand for a page of its own for each article."""
    return Rule(
        id="page-shared",
        where="link",
        demands="one article per address",
        check=places.page_shared,
        remedy="give each article an address of its own",
        source=source,
    )


def one_language(source: str, severity: Severity = Severity.REFUSE) -> Rule:
    """Return the demand for a single language in a feed."""
    return Rule(
        id=ONE_LANGUAGE,
        where="language",
        demands="one language per feed",
        check=places.language_other,
        remedy="offer the feed of the article's own language",
        source=source,
        severity=severity,
    )
