"""Every document of a large newspaper keeps the plain rules of its format.

A tree of thirty rubrics in two languages: one empty, one with a single article, one
with more than a window, articles with everything there is, and nasty texts.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.clock import SteppedClock
from publisher.feeds.dialects.plain.reading import lint_document
from publisher.model.article import Byline
from publisher.model.feed import FORMATS, Feed, FeedFormat
from publisher.model.rubric import Rubric, RubricTree
from publisher.store import Store, feeds
from publisher.store.documents import Document, documents_since, load_document
from tests.builders import MORNING, a_picture, an_article
from tests.feeds.rules import atom_findings, rss_findings
from tests.web.site import Site

STRICTER = {FeedFormat.RSS: rss_findings, FeedFormat.ATOM: atom_findings}
NASTY = (
    "AT&T & <b>жирно</b> &lt;i&gt; &#60;",
    "]]> <![CDATA[x]]>",
    "Қызылорда «Тұлпар» — 5 < 7",
    "тень\x08\x0b и \ufffe\uffff",
    "👩‍🌾🇰🇿 запятые, запятые",
    "<script>alert(1)</script>",
)


def a_large_tree() -> RubricTree:
    """Return five roots with five rubrics below each."""
    rubrics = []
    for root in range(5):
        names = {"ru": f"Раздел {root}", "kk": f"Бөлім {root}"}
        rubrics.append(Rubric(key=f"r{root}", slug=f"r{root}", names=names))
        rubrics += [
            Rubric(
                key=f"r{root}-{below}",
                slug=f"b{below}",
                names={"ru": f"Рубрика {below}, & <ещё>", "kk": f"Айдар {below}"},
                parent=f"r{root}",
            )
            for below in range(5)
        ]
    return RubricTree(tuple(rubrics))


def publish(site: Site) -> None:
    """Fill all rubrics but one; one has a single article, one has sixty."""
    newsroom = site.newsroom
    newsroom.wait(days=3)
    number = 0
    for rubric in [f"r{root}-{below}" for root in range(5) for below in range(5)]:
        count = {"r0-0": 0, "r0-1": 1, "r0-2": 60}.get(rubric, 2)
        for _ in range(count):
            number += 1
            nasty = NASTY[number % len(NASTY)]
            plain = an_article(
                f"a{number}",
                title=f"Новость {number} {nasty}",
                rubrics=(rubric,),
                language="kk" if number % 3 == 0 else "ru",
                published_at=MORNING + timedelta(minutes=number, seconds=number % 7),
            )
            full = replace(
                plain,
                lead=f"Коротко: {nasty}",
                bylines=(Byline(f"Автор {number % 4}", "https://gazeta.example/a"),),
                picture=a_picture(),
                tags=(nasty, "мост"),
                related=(f"a{number - 1}",),
                translation_of=f"a{number - number % 3}",
                comments_url="https://gazeta.example/c",
                comment_count=number,
                rights="© Газета & друзья",
            )
            newsroom.take(full if number % 2 else plain)
    newsroom.take(an_article("a5", rubrics=("r0-2",), is_withdrawn=True))


@pytest.fixture
def large_site(sqlite_store: Store, clock: SteppedClock) -> Site:
    site = Site.open(sqlite_store, clock, a_large_tree())
    publish(site)
    site.newsroom.store.transact(feeds.mark_all)
    site.build()
    for feed in (
        Feed(id=0, month="2026-03"),
        Feed(id=0, rubric_key="r0", language="kk", month="2026-03"),
        *(Feed(id=0, kind=kind, subject=slug) for kind, slug in site.subjects()),
    ):
        assert site.builder.make(feed)
    return site


def documents(site: Site) -> Iterator[Document]:
    store = site.newsroom.store
    for row in store.query(documents_since, 0):
        found = store.query(load_document, row.feed_id, row.format)
        assert found is not None
        yield found


@pytest.mark.slow
def test_every_document_of_a_large_newspaper_is_plain(large_site: Site) -> None:
    now = large_site.newsroom.clock.now()
    count = 0
    for document in documents(large_site):
        findings = lint_document(document.body, now=now)
        assert not findings, (document.path, [f.sentence for f in findings[:3]])
        if document.format in STRICTER and "/short" not in document.path:
            told = STRICTER[document.format](document.body)
            assert not told, (document.path, told[:3])
        count += 1

    # All in six feeds each of the site and thirty rubrics, five of them also alone.
    assert count >= len(FORMATS) * 6 * (1 + 30 + 5)
