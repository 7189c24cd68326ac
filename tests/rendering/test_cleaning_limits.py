"""No body takes more than a moment, and one that is too long is refused with words."""

import time

import pytest

from publisher.errors import ArticleError
from publisher.rendering.cleaning import clean_article_html
from publisher.rendering.cleaning.article import MAX_LENGTH

BASE = "https://vestnik.example/"
LONG = MAX_LENGTH // 20

# What makes parsers take quadratic time, run out of stack, or ask for much memory.
HEAVY = {
    "attributes": "<p " + " ".join(f"a{i}=x" for i in range(LONG // 8)) + ">т",
    "nested blocks": "<div>" * (LONG // 5),
    "nested emphasis": "<b>т" * (LONG // 4),
    "nested quotes": "<blockquote>т" * (LONG // 13),
    "nested tables": "<table><tr><td>" * (LONG // 15),
    "nested links": "<a href=/x>т" * (LONG // 12),
    "nested lists": "<ul><li>т" * (LONG // 9),
    "nested figures": "<figure><img src=a.png>" * (LONG // 23),
    "open tags": "<" * (LONG // 4),
    "open comments": "<!--" * (LONG // 4),
    "open attributes": '<a href="' * (LONG // 9),
    "open scripts": "<script>" * (LONG // 8),
    "ampersands": "&" * (LONG // 5),
    "character references": "&#x1;" * (LONG // 5),
    "blanks": "т          " * (LONG // 11),
    "candidates": "<img srcset='" + "a 1w," * (LONG // 5) + "'>",
    "messages": "<blockquote class=twitter-tweet><a href=/x>т</a>" * (LONG // 48),
    "fallbacks": "<noscript><img src=a></noscript>" * (LONG // 32),
    "pictures below one caption": "<figure><figcaption>т</figcaption>"
    + "<img src=a.png>" * (LONG // 15),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_body_takes_a_moment(name: str) -> None:
    begun = time.monotonic()

    clean_article_html(HEAVY[name], BASE)

    assert time.monotonic() - begun < 5


def test_deeply_nested_words_are_kept() -> None:
    clean = clean_article_html("<div>" * 5000 + "<p>Да <b>нет" + "</div>" * 5000, BASE)

    assert clean.plain_text == "Да нет"


def test_a_body_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(
        ArticleError, match=r"2000001 characters, more than the 2000000"
    ):
        clean_article_html("т" * (MAX_LENGTH + 1), BASE)


def test_a_body_that_would_grow_too_long_is_refused() -> None:
    with pytest.raises(ArticleError, match="more than the 2000000"):
        clean_article_html("<" * (MAX_LENGTH // 2), BASE)


def test_embedded_data_does_not_count() -> None:
    data = "data:image/png;base64," + "QUJD" * (MAX_LENGTH // 4)

    clean = clean_article_html(f'<p>Да<img src="{data}"></p>', BASE)

    assert clean.html == "<p>Да</p>"
