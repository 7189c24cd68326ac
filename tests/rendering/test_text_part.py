"""The plain text of a message keeps to its columns, whoever gets it and wrote it."""

import pytest

from publisher.model.article import Byline
from publisher.rendering.digest import render_digest
from publisher.rendering.plaintext import WIDTH, wrap
from publisher.rendering.slots import fill, slot
from tests.rendering.newspaper import ALMATY, Newspaper, a_digest, an_article
from tests.shipped import shipped_renderer

ADDRESSES = ("aigerim@oqyrman.example", "bolatbek.nursultanuly@pochta.kz")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_a_readers_address_makes_no_line_longer(language: str, address: str) -> None:
    newspaper = Newspaper(language)
    content = newspaper.content(10, more=5)

    text = render_digest(
        shipped_renderer(), content, site=newspaper.site(), zone=ALMATY
    ).text

    text = fill(text, slot("address"), address)
    assert address in text
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []


def test_many_authors_stand_in_several_lines() -> None:
    names = ("Марат Жаксыбеков", "Динара Оспанова", "Сауле Ибраева", "Тимур Ахметов")
    article = an_article(bylines=tuple(map(Byline, (*names, "Соб. инф."))))

    text = render_digest(
        shipped_renderer(),
        a_digest(article),
        site=Newspaper("ru").site(),
        zone=ALMATY,
    ).text

    assert f"{', '.join(names)}, Соб.\nинф., 08:40\n" in text


def test_a_slot_stays_whole_in_a_line_with_room_for_a_value() -> None:
    text = f"{'слово ' * 6}{slot('address')}, {slot('address')} конец"

    lines = wrap(text).splitlines()

    assert lines == [
        ("слово " * 6 + slot("address") + ",").strip(),
        f"{slot('address')} конец",
    ]
