"""The same articles give the same bytes in any process, and the process stays as it is.

feedgen's own dates switch the locale of the whole process; ours must never.
"""

import hashlib
import locale
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from feedgen.feed import FeedGenerator

from publisher.feeds.catalogue import catalogue_json
from publisher.feeds.compression import compress
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import fragment_context
from publisher.feeds.opml import opml
from publisher.model.feed import FORMATS, Feed
from tests.feeds.newsroom import ADDRESSES, FACTS, NOON, TREE, a_head, rendered_all
from tests.feeds.test_documents import mixed_articles

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = [
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Almaty"},
    {"PYTHONHASHSEED": "4242", "LC_ALL": "kk_KZ.UTF-8", "TZ": "America/New_York"},
    {"PYTHONHASHSEED": "random", "LC_ALL": "ru_RU.UTF-8", "TZ": "Asia/Tokyo"},
]
IN_ANOTHER_PROCESS = """
import locale
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass  # This machine has not got that locale; the variables are set all the same.
from tests.feeds.test_determinism import everything
print(everything())
"""


def everything() -> str:
    """Return a hash of every kind of document there is."""
    articles = mixed_articles(12)
    feeds = [Feed(id=1, rubric_key=r.key, language="ru") for r in TREE]
    made = [
        *(assemble(a_head(), form, rendered_all(articles, form)) for form in FORMATS),
        opml(feeds, ADDRESSES, FACTS),
        catalogue_json(feeds, ADDRESSES, FACTS),
        fragment_context(TREE, FACTS).encode(),
    ]
    whole = b"\n".join(made)
    return hashlib.sha256(whole + compress(whole)).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e["LC_ALL"])
def test_another_process_makes_the_same_bytes(environment: dict[str, str]) -> None:
    output = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert output.strip() == everything()


def test_eight_threads_at_once_make_the_same_bytes_and_leave_the_locale() -> None:
    before = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    try:
        alone = everything()

        with ThreadPoolExecutor(8) as pool:
            together = set(pool.map(lambda _: everything(), range(24)))

        assert together == {alone}
        assert locale.setlocale(locale.LC_ALL) == "C.UTF-8"
    finally:
        locale.setlocale(locale.LC_ALL, before)


def test_no_document_touches_the_locale() -> None:
    with locale_watched() as touched:
        everything()

    assert touched == []


def test_the_watch_notices_how_feedgen_prints_a_date() -> None:
    feed = FeedGenerator()
    feed.title("Степная газета")
    feed.link(href="https://gazeta.example")
    feed.description("Новости области")
    feed.updated(NOON)

    with locale_watched() as touched:
        feed.rss_str()

    assert "setlocale" in touched


@contextmanager
def locale_watched() -> Iterator[list[str]]:
    """Collect the names of functions called that set the locale, Python's or C's."""
    touched: list[str] = []

    def watch(frame: FrameType, event: str, called: object) -> None:
        name = (
            frame.f_code.co_name if event == "call" else getattr(called, "__name__", "")
        )
        if event in {"call", "c_call"} and name == "setlocale":
            touched.append(name)

    sys.setprofile(watch)
    try:
        yield touched
    finally:
        sys.setprofile(None)
