"""The document of a dialect is the same to the byte until somebody means to change it.

`make golden` (or `REWRITE_GOLDEN=1 pytest tests/feeds -k golden`) rewrites them.
"""

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.feeds.dialects.dialect import Withdrawn
from publisher.feeds.dialects.rendering import render_dialect
from publisher.feeds.dialects.sitemap import news_sitemap
from publisher.model.article import Article
from tests.feeds.dialects.aggregators import BY_KEY, KEYS, a_welcome_article
from tests.feeds.newsroom import FACTS, NOON, SITE, TREE, a_head, a_kazakh_article

ROOT = Path(__file__).resolve().parents[3]
IN_ANOTHER_PROCESS = """
from tests.feeds.dialects.test_golden_dialects import everything
print(everything())
"""
GOLDEN = Path(__file__).parent / "golden"
REWRITE = ("PUBLISHER_GOLDEN", "REWRITE_GOLDEN")
AWKWARD = {
    "title": "Цена <b>снижена</b> & «чистая» вода]]> течёт",
    "lead": "5 < 7 & R&D &amp; \x00 Әкімдік 👍",
    "rubric_keys": ("kultura", "sport"),
    "related": (),
}
WITHDRAWN = Withdrawn(
    uid="tag:gazeta.example,2025-01-01:article:77",
    url=f"{SITE}/ru/ошибка",
    title="Снятая статья",
    withdrawn_at=NOON + timedelta(minutes=5),
)


def some_articles() -> list[Article]:
    kazakh = a_kazakh_article(2)
    return [a_welcome_article(1), kazakh, a_welcome_article(3, **AWKWARD)]


@pytest.mark.parametrize("key", KEYS)
def test_a_dialect_equals_its_golden_document(key: str) -> None:
    given: list[Article | Withdrawn] = [*some_articles(), WITHDRAWN]

    check(f"{key}.xml", render_dialect(BY_KEY[key], a_head(), given, TREE, FACTS))


def test_the_news_sitemap_equals_its_golden_document() -> None:
    check("news-sitemap.xml", news_sitemap(some_articles(), TREE, FACTS))


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_another_process_makes_the_same_bytes(seed: str) -> None:
    output = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONHASHSEED": seed,
            "TZ": "Asia/Tokyo",
            "LC_ALL": "C",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert output.strip() == everything()


def everything() -> str:
    """Return a hash of every kind of document there is."""
    given: list[Article | Withdrawn] = [*some_articles(), WITHDRAWN]
    made = [
        *(render_dialect(BY_KEY[k], a_head(), given, TREE, FACTS) for k in KEYS),
        news_sitemap(some_articles(), TREE, FACTS),
    ]
    return hashlib.sha256(b"".join(made)).hexdigest()


def check(name: str, made: bytes) -> None:
    """Compare with a golden file, byte for byte, or write it."""
    file = GOLDEN / name
    if any(os.environ.get(variable) for variable in REWRITE):
        file.write_bytes(made)
    assert file.read_bytes() == made, f"{name} has changed"
