"""An article as pages list it: nothing in it can harm the page around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.model.article import Article, Picture
from publisher.rendering.digest import harmless
from publisher.web.origins import PictureOrigins

__all__ = ["Card", "cards"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Headline, lead, byline, date and picture; `url` is empty when it is none."""

    title: str
    url: str
    lead: str
    byline: str
    language: str
    published_at: datetime
    picture: Picture | None


def cards(articles: Sequence[Article], origins: PictureOrigins) -> tuple[Card, ...]:
    """Return articles as they are listed, with the pictures that may be shown."""
    return tuple(_card(harmless(article), origins) for article in articles)


def _card(article: Article, origins: PictureOrigins) -> Card:
    picture = article.picture
    return Card(
        title=article.title,
        url=article.url,
        lead=article.lead,
        byline=", ".join(byline.name for byline in article.bylines),
        language=article.language,
        published_at=article.published_at,
        picture=picture if picture and origins.may_show(picture.url) else None,
    )
