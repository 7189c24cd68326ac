"""Cleaning what is clean changes nothing, and nothing that acts survives at all.

Both are checked on markup put together at random and on collections of real attacks.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from typing_extensions import override

from publisher.rendering.cleaning import CleanHtml, clean_article_html
from publisher.rendering.cleaning.article import MANY_ATTRIBUTES_FIT
from publisher.rendering.cleaning.elements import DROPPED, KINDS, Kind
from tests.shared_data import shared_data

BASE = "https://vestnik.example/2026/03/02/most/"
VOID = {"br", "hr", "img"}
WRITTEN = {name for name, kind in KINDS.items() if kind is not Kind.WRAPPER} | VOID
SCHEMES = ("http://", "https://", "mailto:", "tel:")
ATTRIBUTES = {
    "alt", "colspan", "datetime", "dir", "height", "href", "hreflang", "lang", "open",
    "reversed", "rowspan", "scope", "src", "start", "title", "type", "value", "width",
}  # fmt: skip
ILLEGAL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000\ue001\ufffe\uffff]")

TAGS = st.sampled_from(
    [
        *sorted(set(KINDS) | DROPPED | VOID),
        "iframe",
        "noscript",
        "object",
        "picture",
        "source",
        "video",
        "o:p",
        "x-y",
        "h1",
    ]
)
PIECES_OF_TAGS = st.sampled_from(
    [
        'href="javascript:x()"',
        "href=/a",
        'href="https://e.example/?a=1&b=2"',
        "src=/i.jpg",
        'src="data:image/png;base64,AA"',
        "data-src=x.png",
        "width=1",
        'srcset="a.jpg 1x, b.jpg 2x"',
        "width=640",
        'style="display:none"',
        "onload=x()",
        'class="twitter-tweet"',
        'class="wp-block-embed__wrapper"',
        "class=emoji",
        "alt='x<y>'",
        "lang=ru",
        "dir=RTL",
        "hidden",
        'title="a&quot;b"',
        "colspan=3",
        "data-telegram-post=a/1",
        "src=https://www.youtube.com/embed/abcDEF_-123",
        "datetime=2026-03-02",
        '"',
        "'",
        "=",
        "/",
        "<",
    ]
)
WORDS = st.sampled_from(
    [
        "слово ",
        "word",
        " ",
        "\n",
        "\u00a0",
        "&nbsp;",
        "&amp;lt;",
        "&lt;b&gt;",
        "&#1;",
        "&#xE000;",
        "\0",
        "\ud83d",
        "<",
        ">",
        '"',
        "&",
        "<!--",
        "-->",
        "]]>",
        "<?x",
        "\r",
        "<![CDATA[",
        "&#13;",
        "https://x.example/",
        "\u202e",
        "\ufffe",
        "</",
        "\u2028",
    ]
)
STARTS = st.builds(
    lambda tag, pieces, end: "<" + " ".join([tag, *pieces]) + end,
    TAGS,
    st.lists(PIECES_OF_TAGS, max_size=2),
    st.sampled_from([">", ">", ">", "/>", ""]),
)
SOUP = st.lists(
    st.one_of(STARTS, STARTS, TAGS.map("</{}>".format), WORDS), max_size=40
).map("".join)


class Looking(HTMLParser):
    """Reads HTML and collects whatever a clean body must not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in WRITTEN:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.faults.append(f"{name} of <{tag}>")
            if name in {"href", "src"} and not (value or "").startswith(SCHEMES):
                self.faults.append(f"{name}={value}")
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> is out of place")


def faults_of(html: str) -> list[str]:
    looking = Looking()
    looking.feed(html)
    looking.close()
    left_open = [f"<{tag}> is never closed" for tag in looking.open]
    return looking.faults + left_open + ILLEGAL.findall(html)


def cleaned_for_good(said: str) -> CleanHtml:
    """Clean a body, and again; return it when both hold the same and nothing acts."""
    clean = clean_article_html(said, BASE)
    again = clean_article_html(clean.html, BASE)

    assert again.html == clean.html
    assert again.plain_text == clean.plain_text
    assert again.pictures == clean.pictures
    assert faults_of(clean.html) == []
    assert "cannot be read reliably" not in " ".join(clean.notes)
    return clean


@given(SOUP)
@example("<p><b><table><tr><td><figure><p>а<iframe src=/x></iframe></b>б<hr>в")
@example("<h2>а<hr>б")
def test_any_soup_is_clean_after_one_cleaning(said: str) -> None:
    cleaned_for_good(said)


@given(SOUP)
@settings(max_examples=30)
def test_any_soup_in_a_long_body_is_clean_after_one_cleaning(said: str) -> None:
    padding = "<p>" + "т " * (MANY_ATTRIBUTES_FIT // 2)

    cleaned_for_good(said + padding)


@given(st.text(max_size=200))
def test_any_text_is_clean_after_one_cleaning(said: str) -> None:
    cleaned_for_good(said)


@given(SOUP)
def test_the_same_body_is_cleaned_the_same(said: str) -> None:
    assert clean_article_html(said, BASE) == clean_article_html(said, BASE)


def attacks() -> Iterator[str]:
    """Yield every attack of the shared collections, plain and inside of attributes."""
    folder = shared_data("security")
    payloads = (folder / "xss-payloads.txt").read_bytes().decode("utf-8", "ignore")
    naughty = json.loads((folder / "blns.json").read_text(encoding="utf-8"))
    for payload in [*payloads.splitlines(), *naughty]:
        yield payload
        yield f'<a href="{payload}">а</a><img src="{payload}" alt="{payload}">'
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    for file in sorted((folder / "feedparser-sanitize").glob("*.xml")):
        feed = etree.fromstring(file.read_bytes(), parser)
        yield from (str(text) for text in feed.itertext() if str(text).strip())


@pytest.mark.slow
def test_no_known_attack_survives() -> None:
    for attack in attacks():
        cleaned_for_good(attack)


def test_hostile_imports_are_clean_after_one_cleaning() -> None:
    for file in sorted(shared_data("hostile-import").iterdir()):
        if file.suffix in {".xml", ".jsonl"}:
            cleaned_for_good(file.read_bytes().decode("utf-8", "surrogateescape"))


def test_whole_pages_are_clean_after_one_cleaning() -> None:
    for file in sorted(shared_data("html-pages").rglob("*.html")):
        cleaned_for_good(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_real_articles_lose_no_word(language: str) -> None:
    lines = (shared_data("articles") / "articles.jsonl").read_text("utf-8").splitlines()
    bodies = [a["body_html"] for a in map(json.loads, lines) if a["lang"] == language]

    for said in bodies:
        clean = cleaned_for_good(said).html
        assert words_of(clean)[: len(words_of(said))] == words_of(said)


def words_of(html: str) -> list[str]:
    """Return the words of a body without those that replace players."""
    tree = etree.HTML(f"<div>{html}</div>")
    for player in tree.xpath("//iframe|//figure[.//a[contains(@href, 'youtube')]]"):
        player.clear(keep_tail=True)
    return " ".join(tree.itertext()).split()
