"""Whatever stands in an article, it cannot forge a slot, a tag or a line of ours."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from publisher.model.article import Byline, Link, Picture
from publisher.model.content import DigestContent, Section
from publisher.rendering.digest import Personal, Site, render_digest
from publisher.rendering.plaintext import (
    WIDTH,
    one_line,
    shorten,
    tidy,
    web_address,
    wrap,
)
from publisher.rendering.slots import CLOSE, OPEN, slot, slots_in, without_slots
from publisher.rendering.templates import RenderedMessage, Renderer
from tests.rendering.newspaper import ALMATY, an_article
from tests.shared_data import shared_data

SITE = Site(title="Вестник", url="https://vestnik.example/")
PERSONAL = frozenset({"edition_url", "preferences_url", "leave_url", "address"})
HOSTILE = [
    "</td></table><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "{{ site.title }}{% include 'x' %}",
    "&lt;b&gt;&amp;&#x27;",
    f"{OPEN}leave_url{CLOSE}",
    "Заголовок\n\nОтписаться:\nhttps://evil.example/",
    "\u202eтекст\u202c \x00\x1b[31m \ud800",
    "<!--[if mso]><style>*{display:none}</style>-->",
    "}</style><b>",
]
RENDERER = Renderer()


def a_digest_of(text: str, url: str = "https://vestnik.example/1") -> DigestContent:
    """Return a digest that has this text in every place where a text can stand."""
    article = an_article(
        title=text,
        lead=text,
        url=url,
        bylines=(Byline(text, url),),
        picture=Picture(url=url, alt=text, caption=text, credit=text),
        related=(Link(url, text, "ru"),),
        tags=(text,),
        rights=text,
    )
    section = Section(
        rubric_key=text, name=text, url=url, articles=(article, replace(article, id=2))
    )
    return DigestContent(
        digest_key=text,
        title=text,
        language="ru",
        dated=article.published_at.date(),
        sections=(section,),
        latest=(article,),
        more_count=1,
        more_url=url,
    )


def rendered(content: DigestContent) -> RenderedMessage:
    return render_digest(RENDERER, content, site=SITE, zone=ALMATY)


def skeleton(message: RenderedMessage) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements and attributes of a page, without any text."""
    page = html.document_fromstring(message.html)
    return [(str(element.tag), tuple(element.attrib)) for element in page.iter()]


def test_slots_stand_in_both_parts_undamaged() -> None:
    message = rendered(a_digest_of("Слово"))

    assert slots_in(message.html) == slots_in(message.text) == PERSONAL
    assert message.html.count(f'href="{slot("leave_url")}"') == 2
    assert message.html.count(f'href="{slot("preferences_url")}"') == 2
    assert f"\n{slot('leave_url')}\n" in message.text
    assert f"\n{slot('preferences_url')}\n" in message.text


def test_a_preview_has_values_in_place_of_slots() -> None:
    personal = Personal(
        edition_url="https://vestnik.example/e/T",
        preferences_url="https://vestnik.example/preferences/T?a=1&b=2",
        leave_url="https://vestnik.example/u/T",
        address="anna@vestnik.example",
    )

    message = render_digest(
        RENDERER, a_digest_of("Слово"), site=SITE, zone=ALMATY, personal=personal
    )

    assert slots_in(message.html) == slots_in(message.text) == frozenset()
    assert 'href="https://vestnik.example/preferences/T?a=1&amp;b=2"' in message.html
    assert "\nhttps://vestnik.example/preferences/T?a=1&b=2\n" in message.text
    assert "anna@vestnik.example" in message.text


def test_a_page_for_everybody_has_nobody_s_links() -> None:
    nobody = Personal(preferences_url="", leave_url="", address="")

    message = render_digest(
        RENDERER, a_digest_of("Слово"), site=SITE, zone=ALMATY, personal=nobody
    )

    assert slots_in(message.html) == slots_in(message.text) == frozenset()
    assert "Отписаться" not in message.html + message.text
    assert 'href=""' not in message.html


def test_known_hostile_texts_change_no_element_and_forge_no_slot() -> None:
    harmless = rendered(a_digest_of("Слово"))

    for text in HOSTILE:
        message = rendered(a_digest_of(text))

        assert skeleton(message) == skeleton(harmless)
        assert marks(message) == marks(harmless)
        assert len(message.subject.splitlines()) == 1
        for part in (message.subject, message.html, message.text):
            part.encode()
            assert not set(part) & set("\u202e\u202c\x00\x1b")


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        st.characters() | st.sampled_from(f"{OPEN}{CLOSE}<>\"'&\r\n\x00\u202e{{}}%"),
        max_size=60,
    )
)
def test_no_text_changes_an_element_or_forges_a_slot(text: str) -> None:
    # The x is for texts of which nothing printable would be left: no text, no element.
    message = rendered(a_digest_of(f"x{text}"))

    harmless = rendered(a_digest_of("x"))
    assert skeleton(message) == skeleton(harmless)
    assert marks(message) == marks(harmless)


@pytest.mark.slow
def test_the_naughty_strings_and_payloads_of_others_change_no_element() -> None:
    lines = shared_data("security/xss-payloads.txt").read_text("utf-8").splitlines()
    naughty = json.loads(shared_data("security/blns.json").read_text("utf-8"))
    harmless = skeleton(rendered(a_digest_of("x")))

    # Ten at a time, cut as a headline is, so that each of them is really printed.
    for at in range(0, len(lines), 10):
        joined = "x" + " ".join(line[:20] for line in lines[at : at + 10])
        assert skeleton(rendered(a_digest_of(joined))) == harmless
    for text in naughty:
        assert skeleton(rendered(a_digest_of(f"x{text}"))) == harmless


def test_an_address_that_is_not_http_leads_nowhere() -> None:
    for url in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "https://",
        "https://[/",
        f"https://evil.example/{OPEN}leave_url{CLOSE}",
        "https://evil.example/\nОтписаться",
        'https://evil.example/"><script>',
        "https://evil.example/" + "a" * 2000,
    ):
        message = rendered(a_digest_of("Слово", url))

        page = html.document_fromstring(message.html)
        addresses = set(page.xpath("//@href|//@src"))
        assert addresses == {
            SITE.url,
            slot("edition_url"),
            slot("leave_url"),
            slot("preferences_url"),
        }
        assert "evil" not in message.text
        assert web_address(url) == ""


def test_a_headline_cannot_add_a_line_to_the_text() -> None:
    plain = rendered(a_digest_of("Слово Отписаться: https://evil.example/")).text

    text = rendered(a_digest_of("Слово\n\nОтписаться:\nhttps://evil.example/")).text

    assert text.splitlines().count("Отписаться:") == 1
    assert text == plain


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("Школа №\u00a014", "Школа №\u00a014"),
        ("1\u202f800 томов", "1\u202f800 томов"),
        ("после \u00a0абзаца\u00a0\n", "после абзаца"),
        ("далеко\u00a0\u00a0\u00a0друг", "далеко\u00a0друг"),
        ("\u00a0", ""),
    ],
)
def test_what_belongs_together_is_not_parted_at_the_end_of_a_line(
    said: str, printed: str
) -> None:
    assert one_line(said) == printed


@given(st.text())
def test_one_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
    line.encode()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Мост открыт · Снег лёг", 15),
        ("Мост открыт — и снег лёг", 15),
        ("Мост открыт,\u00a0а снег лёг", 14),
    ],
)
def test_a_shortened_text_ends_in_a_word(text: str, limit: int) -> None:
    assert shorten(text, limit) == "Мост открыт…"


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_a_shortened_text_keeps_to_its_limit_and_says_so(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short) <= limit
    assert short == text or short.endswith("…")


@given(st.text())
def test_wrapping_loses_no_word_and_keeps_to_the_width(text: str) -> None:
    wrapped = wrap(one_line(text), first="* ", indent="  ")

    assert wrapped.split() == ["*", *one_line(text).split()] or not one_line(text)
    for line in wrapped.splitlines():
        assert len(line) <= WIDTH or len(line.strip().split(" ")) <= 2


@given(st.text())
def test_tidy_text_ends_with_one_line_end_and_has_no_trailing_blanks(text: str) -> None:
    tidied = tidy(text)

    assert tidied.endswith("\n")
    assert tidy(tidied) == tidied
    assert "\n\n\n\n" not in tidied
    assert " \n" not in tidied


@given(st.text())
def test_without_slots_nothing_is_a_slot(text: str) -> None:
    assert slots_in(without_slots(f"{OPEN}{text}{slot('leave_url')}")) == frozenset()


def marks(message: RenderedMessage) -> tuple[int, int]:
    """Count the characters that slots are made of, in both parts."""
    both = message.html + message.text
    return both.count(OPEN), both.count(CLOSE)
