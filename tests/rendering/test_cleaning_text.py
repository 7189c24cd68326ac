"""A title, lead or name is one line that says the same wherever it is printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.rendering.cleaning import clean_text

SAID_AND_READ = {
    "Мост  открыт\n сегодня ": "Мост открыт сегодня",
    "№\u00a07": "№\u00a07",
    "Цены &mdash; выше": "Цены — выше",
    "AT&amp;T": "AT&T",
    "AT&T и R&D": "AT&T и R&D",
    "&amp;lt;b&amp;gt;": "&lt;b&gt;",
    "&lt;b&gt;не жирный&lt;/b&gt;": "<b>не жирный</b>",
    "<b>Жирный</b> &amp; <i>курсив</i>": "Жирный & курсив",
    "Первая<br>вторая": "Первая вторая",
    "<script>alert(1)</script>Заголовок": "Заголовок",
    "<!-- нет -->Да": "Да",
    "5 < 7 и 9 > 3": "5 < 7 и 9 > 3",
    "Группа <Без имени> вернулась": "Группа <Без имени> вернулась",
    "a <b и c> d": "a d",
    "\u202eкот\u202c \u2066а\u2069 \u200bб\ufeff": "кот а б",
    "пере\u00adнос": "перенос",
    "\0а\x1b[31mб\ud800": "а[31mб",
    "и\u0306": "й",
    "\ud83d\ude00": "\U0001f600",
    "Семья \U0001f468\u200d\U0001f469\u200d\U0001f467": (
        "Семья \U0001f468\u200d\U0001f469\u200d\U0001f467"
    ),
    "": "",
}


@pytest.mark.parametrize("said", SAID_AND_READ)
def test_a_line_is_read_as_it_was_meant(said: str) -> None:
    assert clean_text(said) == SAID_AND_READ[said]


def test_a_long_line_ends_in_an_ellipsis_at_a_word() -> None:
    assert clean_text("Мост через реку открыт для всех", 20) == "Мост через реку…"


@given(st.text(max_size=300), st.integers(min_value=5, max_value=50))
def test_a_line_is_one_line_of_bounded_length(said: str, limit: int) -> None:
    read = clean_text(said, limit)

    assert len(read) <= limit
    assert read.encode("utf-8").decode("utf-8") == read
    assert not set(read) & set("\n\r\t\0\ue000\ue001\u202e\u2028\ufffe")
    assert read == read.strip(" ")
