"""An invented newspaper in three languages; its texts stand in newspaper.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publisher.model.article import Article, Byline, Link, Picture
from publisher.model.content import DigestContent, Section
from publisher.rendering.digest import Site

ALMATY = ZoneInfo("Asia/Almaty")
SITE_URL = "https://vestnik.example"
PICTURES_URL = f"{SITE_URL}/pictures"
TEXTS = Path(__file__).parent / "newspaper.toml"


@dataclass(frozen=True)
class Newspaper:
    """The newspaper in one language."""

    language: str
    pictures_url: str = PICTURES_URL

    @property
    def _texts(self) -> dict[str, Any]:
        return tomllib.loads(TEXTS.read_text(encoding="utf-8"))

    def site(self) -> Site:
        texts = self._texts["site"]
        return Site(
            title=texts["title"][self.language],
            url=f"{SITE_URL}/",
            city=texts["city"][self.language],
            postal_address=texts["address"][self.language],
            feeds_url=f"{SITE_URL}/feeds",
        )

    def articles(self) -> tuple[Article, ...]:
        return tuple(
            self._article(number, texts)
            for number, texts in enumerate(self._texts["articles"], start=1)
        )

    def latest(self) -> tuple[Article, ...]:
        return tuple(
            an_article(
                id=100 + number,
                language=self.language,
                title=texts["title"][self.language],
                lead="",
                published_at=texts["at"],
            )
            for number, texts in enumerate(self._texts["latest"], start=1)
        )

    def content(self, count: int = 10, more: int = 0) -> DigestContent:
        """Return a digest of the first `count` articles, with the strip from three."""
        names = self._texts["rubrics"]
        articles = self.articles()[:count]
        keys = dict.fromkeys(article.rubric_keys[0] for article in articles)
        return DigestContent(
            digest_key="utro",
            title=self._texts["site"]["digest"][self.language],
            language=self.language,
            dated=date(2025, 4, 28),
            sections=tuple(
                Section(
                    rubric_key=key,
                    name=names[key][self.language],
                    url=f"{SITE_URL}/rubrics/{key}",
                    articles=tuple(a for a in articles if a.rubric_keys[0] == key),
                )
                for key in keys
            ),
            latest=self.latest() if count > 1 else (),
            more_count=more,
            more_url=f"{SITE_URL}/latest" if more else "",
        )

    def _article(self, number: int, texts: dict[str, Any]) -> Article:
        def said(name: str) -> str:
            return str(texts.get(name, {}).get(self.language, ""))

        picture = texts.get("picture")
        return an_article(
            id=number,
            language=self.language,
            title=said("title"),
            lead=said("lead"),
            rubric_keys=(texts["rubric"],),
            published_at=texts["at"],
            bylines=(Byline(said("byline")),),
            picture=Picture(
                url=f"{self.pictures_url}/{picture}.jpg",
                caption=said("caption"),
                credit=said("credit"),
                width=1200,
                height=675,
            )
            if picture
            else None,
            related=tuple(
                Link(f"{SITE_URL}/{number}0{at}", title, self.language)
                for at, title in enumerate(
                    texts.get("related", {}).get(self.language, [])
                )
            ),
        )


def an_article(**changes: Any) -> Article:  # noqa: ANN401 - any field of an article
    """Return an article of which only what a test is about needs saying."""
    values: dict[str, Any] = {
        "id": 1,
        "revision": 1,
        "entry_version": 1,
        "language": "ru",
        "title": "Заголовок",
        "lead": "Первый абзац.",
        "body_html": "<p>Текст.</p>",
        "rubric_keys": ("vlast",),
        "published_at": datetime.fromisoformat("2025-04-28T03:40:00+00:00"),
        **changes,
    }
    number = values["id"]
    return Article(
        **{
            "uid": f"tag:vestnik.example,2025-01-01:article:{number}",
            "url": f"{SITE_URL}/{values['language']}/articles/{number}",
            "updated_at": values["published_at"],
            **values,
        }
    )


def a_digest(*articles: Article, **changes: Any) -> DigestContent:  # noqa: ANN401
    """Return a digest of these articles in one section."""
    section = Section(
        rubric_key="vlast",
        name="Власть",
        url=f"{SITE_URL}/rubrics/vlast",
        articles=articles,
    )
    values: dict[str, Any] = {
        "digest_key": "utro",
        "title": "Утренний выпуск",
        "language": "ru",
        "dated": date(2025, 4, 28),
        "sections": (section,) if articles else (),
        **changes,
    }
    return DigestContent(**values)
