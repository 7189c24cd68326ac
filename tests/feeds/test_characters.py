"""Texts lose what XML cannot hold, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds.characters import clean, clean_line, marked, unmarked

ANYTHING = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "без изменений: «тире» — да, ұқсас, 👍",
            "без изменений: «тире» — да, ұқсас, 👍",
        ),
        ("\x00нуль\x08\x0b\x1f", "нуль"),
        ("\ud83d\ude00 пара", "😀 пара"),
        ("\ud83d половина \ude00", " половина "),
        ("\ufffe\uffff\ufdd0\ufdefконец", "конец"),
        ("C1 \x80\x9f", "C1 "),
        ("а\r\nб\rв\nг\x85д", "а\nб\nв\nг\nд"),
        ("таб\tостаётся", "таб\tостаётся"),
        ("U+FFFD остаётся: \ufffd", "U+FFFD остаётся: \ufffd"),
    ],
)
def test_a_text_is_cleaned_of_illegal_characters_only(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  два  слова\n в строку ", "два слова в строку"),
        ("в\N{NO-BREAK SPACE}2025 году", "в\N{NO-BREAK SPACE}2025 году"),
        ("абзац\u2029абзац", "абзац абзац"),
        ("", ""),
    ],
)
def test_a_line_is_one_line_and_keeps_its_typography(text: str, expected: str) -> None:
    assert clean_line(text) == expected


@given(ANYTHING)
def test_what_is_cleaned_goes_into_xml_and_comes_back(text: str) -> None:
    cleaned = clean(text)

    element = etree.Element("e")
    element.text = cleaned
    assert (etree.fromstring(etree.tostring(element)).text or "") == cleaned
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")


@given(ANYTHING)
def test_a_line_is_as_clean_as_a_text(text: str) -> None:
    line = clean_line(text)

    assert clean_line(line) == line == clean(line)
    assert "\n" not in line


@given(ANYTHING.map(clean))
def test_marks_become_hexadecimal_references_of_the_same_text(text: str) -> None:
    element = etree.Element("e", a=marked(text))
    element.text = marked(text)

    markup = unmarked(etree.tostring(element, encoding="UTF-8"))

    again = etree.fromstring(markup)
    assert (again.text or "") == text
    assert b"&lt;" not in markup
    assert b"&amp;" not in markup
