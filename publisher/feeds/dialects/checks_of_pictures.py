"""Checks of the pictures that an article shows, and which those are."""

from publisher.feeds.dialects.body import Shown
from publisher.feeds.dialects.checks_of_places import is_own
from publisher.feeds.dialects.dialect import Check, Context
from publisher.model.article import Article

__all__ = [
    "picture_elsewhere",
    "picture_missing",
    "picture_under",
    "picture_unlike",
    "pictures_narrower",
    "pictures_of",
]


def pictures_of(context: Context) -> tuple[Shown, ...]:
    """Return the pictures of an article, the lead picture first, each once."""
    lead = context.entry.picture
    first = {}
    if lead is not None:
        first[lead.url] = Shown(
            url=lead.url,
            media_type=lead.media_type,
            width=lead.width,
            height=lead.height,
            length=lead.length,
        )
    rest = {shown.url: shown for shown in context.body.pictures}
    return tuple((first | {u: s for u, s in rest.items() if u not in first}).values())


def picture_missing(article: Article, context: Context) -> str:
    """Tell that an article shows no picture."""
    del article
    return "" if pictures_of(context) else "there is none"


def pictures_narrower(least: int) -> Check:
    """Return a check for pictures known to be narrower than the least, in pixels."""

    def check(article: Article, context: Context) -> str:
        del article
        for shown in pictures_of(context):
            if 0 < shown.width < least:
                return f"{shown.url} is {shown.width} pixels wide"
        return ""

    return check


def picture_under(least: int) -> Check:
    """Return a check for articles whose pictures are all known to be too small.

    What counts is the smaller side, in pixels.
    """

    def check(article: Article, context: Context) -> str:
        del article
        sides = [min(s.width, s.height) for s in pictures_of(context)]
        if not sides or any(side == 0 or side >= least for side in sides):
            return ""
        return f"the smaller side of the largest has {max(sides)} pixels"

    return check


def picture_elsewhere(article: Article, context: Context) -> str:
    """Tell of the first picture that is not on the newspaper's site."""
    del article
    for shown in pictures_of(context):
        if not is_own(shown.url, context.facts):
            return f"{shown.url} is not on {context.facts.url}"
    return ""


def picture_unlike(*media_types: str) -> Check:
    """Return a check for pictures of any other type than these."""

    def check(article: Article, context: Context) -> str:
        del article
        for shown in pictures_of(context):
            if shown.media_type not in media_types:
                return f"{shown.url} is {shown.media_type}"
        return ""

    return check
