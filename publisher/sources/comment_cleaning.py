"""Comments that came with an article made harmless, each for itself."""

from dataclasses import replace
from datetime import timedelta

from publisher.errors import ArticleError
from publisher.model.article import IncomingArticle
from publisher.model.comment import IncomingComment, UnusableComment
from publisher.rendering.cleaning import clean_article_html

__all__ = ["clean_comments"]

MAX_RAW = 65_536


def clean_comments(
    incoming: IncomingArticle, shift: timedelta
) -> tuple[tuple[IncomingComment, ...], tuple[UnusableComment, ...]]:
    """Return an article's comments clean, and those that cannot be shown with reasons.

    `shift` moves their dates, as those of the article.
    """
    clean, unusable = [], list(incoming.unusable_comments)
    for one in incoming.comments:
        reason = "nothing is left of it once it is cleaned; correct it"
        html = ""
        try:
            base = one.url or incoming.url
            html = clean_article_html(
                one.body_html, base, language=incoming.language
            ).html.strip()
        except ArticleError as error:
            reason = str(error)
        if html:
            at = one.published_at + shift
            clean.append(replace(one, body_html=html, published_at=at))
        else:
            place = f"comment {one.key[:60]}"
            unusable.append(UnusableComment(place, reason, one.body_html[:MAX_RAW]))
    return tuple(clean), tuple(unusable)
