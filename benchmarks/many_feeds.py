"""All feeds of a newspaper: rebuilt cold and warm, and changed by one new article.

300 feeds of 50 articles each; an article stands in five of them, as it does in its
rubric, those above, its author's and the site's. The reference writes each document
with lxml by hand, or with feedgen and zlib where the whole of publishing is measured.
"""

import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from random import Random
from time import process_time_ns

from feedgen.feed import FeedGenerator

from benchmarks.feeds import (
    FACTS,
    NEWEST_AT,
    TREE,
    made_up_articles,
    rss_by_hand,
)
from benchmarks.measure import Ratio, interleaved
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.compression import compress, compress_in_haste
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import render_fragment
from publisher.feeds.heads import head_of
from publisher.model.article import Article
from publisher.model.feed import Feed, FeedFormat, FeedHead

FEEDS = 300
WINDOW = 50
FEEDS_OF_AN_ARTICLE = 5
STEP = WINDOW // FEEDS_OF_AN_ARTICLE
CHANGED = 4
RSS = FeedFormat.RSS


def rss_by_feedgen(articles: list[Article]) -> bytes:
    """Return a feed as a program writes it that keeps nothing: with feedgen alone."""
    made = FeedGenerator()
    made.title(FACTS.title("ru"))
    made.link(href=FACTS.url)
    made.description(FACTS.title("ru"))
    made.lastBuildDate(NEWEST_AT)
    for article in articles:
        entry = made.add_entry(order="append")
        entry.id(article.uid)
        entry.title(article.title)
        entry.link(href=article.url)
        entry.description(article.lead)
        entry.content(article.body_html, type="CDATA")
        entry.published(article.published_at)
        entry.category([{"term": tag} for tag in article.tags])
    document: bytes = made.rss_str()
    return document


def news_texts(count: int) -> list[Article]:
    """Return articles that compress as news do: some thousand words, few of them often.

    Texts of few words, which is what the other benchmarks have, tell nothing about the
    time and the gain of compressing.
    """
    random = Random(11)
    syllables = [a + b for a in "бвгдклмнпрст" for b in "аеиоуыюя"]
    words = ["".join(random.choices(syllables, k=1 + n % 4)) for n in range(8000)]
    shares = [1 / rank for rank in range(1, len(words) + 1)]

    def paragraph() -> str:
        return f"<p>{' '.join(random.choices(words, shares, k=90))}.</p>"

    return [
        replace(article, body_html="\n".join(paragraph() for _ in range(7)))
        for article in made_up_articles(count)
    ]


def run() -> list[Ratio]:
    """Measure 300 feeds and one new article, each beside its reference."""
    addresses = FeedAddresses(FACTS.base_url, TREE, FACTS.languages)
    feed = Feed(id=1, rubric_key="novosti", language="ru")
    head = head_of(feed, addresses, FACTS, NEWEST_AT)
    return [*_all_feeds(head), *_one_article(head)]


def _all_feeds(head: FeedHead) -> list[Ratio]:
    articles = made_up_articles(STEP * FEEDS + WINDOW)
    windows = [articles[n * STEP : n * STEP + WINDOW] for n in range(FEEDS)]

    def build(kept: dict[int, bytes]) -> None:
        for window in windows:
            for article in window:
                if article.id not in kept:
                    kept[article.id] = _fragment(article)
            assemble(head, RSS, [kept[article.id] for article in window])

    kept = {article.id: _fragment(article) for article in articles}
    took = _least(
        {
            "lxml": lambda: [rss_by_hand(window) for window in windows],
            "cold": lambda: build({}),
            "warm": lambda: build(kept),
        }
    )
    lxml = took["lxml"]
    one = len(assemble(head, RSS, [kept[article.id] for article in windows[0]]))
    return [
        Ratio("300 feeds, cold", "lxml by hand, RSS", took["cold"], lxml, 1.0),
        Ratio("300 feeds, warm", "lxml by hand, RSS", took["warm"], lxml, 0.1),
        Ratio(
            "300 feeds, warm: memory, bytes",
            "one document",
            _most_memory(lambda: build(kept)),
            one,
            4.0,
        ),
    ]


def _one_article(head: FeedHead) -> list[Ratio]:
    articles = news_texts(WINDOW)
    kept = [_fragment(article) for article in articles]

    def publish(pack: Callable[[bytes], bytes]) -> None:
        fresh = _fragment(articles[0])
        for _ in range(CHANGED):
            pack(assemble(head, RSS, [fresh, *kept[1:]]))

    def publish_from_nothing() -> None:
        for _ in range(CHANGED):
            zlib.compress(rss_by_feedgen(articles), 6)

    took = interleaved(
        {
            "feedgen": publish_from_nothing,
            "at once": lambda: publish(compress_in_haste),
            "with care": lambda: publish(compress),
        },
        rounds=7,
    )
    feedgen = took["feedgen"]
    document = assemble(head, RSS, kept)
    at_rest, usual = len(compress(document)), len(zlib.compress(document, 6))
    return [
        Ratio(
            "1 article, 4 feeds, gzip", "feedgen, gzip 6", took["at once"], feedgen, 0.1
        ),
        Ratio("the same, gzip at rest", "feedgen, gzip 6", took["with care"], feedgen),
        Ratio("gzip at rest, bytes", "gzip 6", at_rest, usual, 1.05),
    ]


def _fragment(article: Article) -> bytes:
    return render_fragment(article, RSS, TREE, FACTS)


def _least(acts: dict[str, Callable[[], object]], rounds: int = 3) -> dict[str, float]:
    """Return the least CPU time of long acts, in microseconds, measured in turns."""
    least: dict[str, float] = {}
    for _ in range(rounds):
        for name, act in acts.items():
            began = process_time_ns()
            act()
            took = (process_time_ns() - began) / 1000
            least[name] = min(took, least.get(name, took))
    return least


def _most_memory(act: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        act()
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
