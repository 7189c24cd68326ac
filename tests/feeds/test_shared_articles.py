"""Every real article, Russian or Kazakh, renders in every format and is read back."""

import json
from datetime import datetime
from typing import Any

import pytest

from publisher.feeds.documents import assemble
from publisher.feeds.fragments import render_fragments
from publisher.model.article import Article, Byline, Picture
from publisher.model.feed import FORMATS, FeedFormat
from publisher.model.rubric import Rubric, RubricTree
from tests.feeds.newsroom import FACTS, SITE, a_head
from tests.feeds.reading import read
from tests.feeds.rules import atom_findings, rss_findings
from tests.shared_data import shared_data


def shared_tree() -> RubricTree:
    rows = json.loads(
        (shared_data("articles") / "rubrics.json").read_text(encoding="utf-8")
    )
    return RubricTree(
        tuple(
            Rubric(
                key=row["slug"],
                slug=row["slug"],
                names={"ru": row["ru"], "kk": row["kk"]},
                parent=row["parent"],
            )
            for row in rows
        )
    )


def shared_articles() -> list[Article]:
    lines = (shared_data("articles") / "articles.jsonl").read_text(encoding="utf-8")
    return [
        as_article(number, json.loads(line))
        for number, line in enumerate(lines.splitlines(), start=1)
    ]


def as_article(number: int, row: dict[str, Any]) -> Article:
    image = row.get("image")
    return Article(
        id=number,
        uid=f"tag:gazeta.example,2025-01-01:article:{row['id']}",
        revision=1,
        entry_version=1,
        language=row["lang"],
        title=row["title"],
        lead=row["lead"],
        body_html=row["body_html"],
        url=row["url"] if row["url"].startswith("http") else SITE + row["url"],
        rubric_keys=(row["rubric_slugs"][-1].removeprefix("kk-"),),
        published_at=datetime.fromisoformat(row["published"]),
        updated_at=datetime.fromisoformat(row["modified"]),
        bylines=(Byline(row["author"]),) if row.get("author") else (),
        tags=tuple(row["tags"]),
        picture=Picture(
            url=image["url"],
            alt=image.get("alt") or "",
            caption=image.get("caption") or "",
            width=image.get("width") or 0,
            height=image.get("height") or 0,
            length=image.get("length") or 0,
            media_type=image.get("type") or "image/jpeg",
        )
        if image
        else None,
    )


@pytest.mark.slow
def test_every_real_article_is_rendered_and_read_back_alike() -> None:
    articles, tree = shared_articles(), shared_tree()
    assert len(articles) >= 200

    fragments = [render_fragments(a, FORMATS, tree, FACTS) for a in articles]
    documents = {
        form: assemble(a_head(), form, [made[form] for made in fragments])
        for form in FORMATS
    }

    rss, atom, from_json = (read(documents[form], form) for form in FORMATS)
    assert rss == atom == from_json
    for article, found in zip(articles, rss, strict=True):
        assert found.uid == article.uid
        assert found.title == article.title.strip()
        assert article.body_html.strip() in found.content
        assert found.published_at == article.published_at
        assert found.labels


@pytest.mark.parametrize(
    ("form", "findings"),
    [(FeedFormat.RSS, rss_findings), (FeedFormat.ATOM, atom_findings)],
)
def test_feeds_of_real_articles_keep_the_rules(form: FeedFormat, findings: Any) -> None:  # noqa: ANN401 (a function of rules)
    tree = shared_tree()
    made = [render_fragments(a, (form,), tree, FACTS)[form] for a in shared_articles()]

    assert findings(assemble(a_head(), form, made)) == []
