"""Checks of addresses, dates, languages and rubrics."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from publisher.feeds.dialects.dialect import Check, Context
from publisher.model.article import Article
from publisher.model.feed import SiteFacts

__all__ = [
    "is_own",
    "language_of_country",
    "language_other",
    "older_than",
    "page_elsewhere",
    "page_is_front",
    "page_shared",
    "published_in_future",
    "rubric_missing",
    "updated_before_published",
]

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_COUNTRIES = {"by": "be", "cn": "zh", "kg": "ky", "kz": "kk", "tj": "tg", "ua": "uk"}


def is_own(url: str, facts: SiteFacts) -> bool:
    """Tell whether an address is on the newspaper's own site or a part of it."""
    own = _host(facts.url)
    host = _host(url)
    return bool(own) and (host == own or host.endswith(f".{own}"))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def page_elsewhere(article: Article, context: Context) -> str:
    """Tell that the page is not on the newspaper's site."""
    del article
    url = context.entry.url
    return "" if is_own(url, context.facts) else f"{url} is not on {context.facts.url}"


def page_is_front(article: Article, context: Context) -> str:
    """Tell that the page is the front page of a site."""
    del article
    parts = urlsplit(context.entry.url)
    is_front = not parts.path.strip("/") and not parts.query
    return f"{context.entry.url} is a front page" if is_front else ""


def page_shared(article: Article, context: Context) -> str:
    """Tell that another article has the same page."""
    owner = context.owners.get(context.entry.url, article.id)
    return "" if owner == article.id else f"article {owner} has the same page"


def published_in_future(article: Article, context: Context) -> str:
    """Tell that the date of publication is still to come."""
    del article
    at = context.entry.published_at
    return f"{at.isoformat()} is still to come" if at > context.now else ""


def older_than(days: int) -> Check:
    """Return a check for articles published longer ago."""

    def check(article: Article, context: Context) -> str:
        del article
        at = context.entry.published_at
        if at >= context.now - timedelta(days=days):
            return ""
        return f"{at.date().isoformat()} is more than {days} days ago"

    return check


def updated_before_published(article: Article, context: Context) -> str:
    """Tell that an article claims to be updated before it was published."""
    del context
    if article.updated_at >= article.published_at:
        return ""
    return f"{article.updated_at.isoformat()} is before the publication"


def language_of_country(article: Article, context: Context) -> str:
    """Tell that a language is none, or the code of a country (kz instead of kk)."""
    del article
    language = context.entry.language
    meant = _COUNTRIES.get(language.partition("-")[0].lower())
    if meant:
        return f'"{language}" is the code of a country, the language is "{meant}"'
    return "" if _LANGUAGE.fullmatch(language) else f'"{language}" is no language code'


def language_other(article: Article, context: Context) -> str:
    """Tell that an article is written in another language than the feed."""
    del article
    wanted, _, _ = context.language.partition("-")
    own, _, _ = context.entry.language.partition("-")
    if not wanted or own == wanted:
        return ""
    return f'"{context.entry.language}" stands in a feed in "{context.language}"'


def rubric_missing(article: Article, context: Context) -> str:
    """Tell that an article is filed under no open rubric."""
    del article
    return "" if context.entry.rubrics else "it is in no open rubric"
