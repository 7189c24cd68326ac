"""What stands around articles: credits once and in good grammar, counts, and alts."""

from dataclasses import replace

import pytest
from lxml import html

from publisher.model.article import Picture
from publisher.rendering.digest import render_digest
from publisher.rendering.language import Languages
from publisher.rendering.templates import RenderedMessage
from tests.rendering.newspaper import ALMATY, Newspaper, a_digest, an_article
from tests.shipped import shipped_renderer

URL = "https://vestnik.example/a.jpg"
TITLE = "Мост открыт"


def rendered(*pictures: Picture, title: str = TITLE) -> RenderedMessage:
    articles = [
        an_article(id=number, title=title, picture=picture)
        for number, picture in enumerate(pictures, start=1)
    ]
    return render_digest(
        shipped_renderer(),
        a_digest(*articles),
        site=Newspaper("ru").site(),
        zone=ALMATY,
    )


@pytest.mark.parametrize(
    ("language", "credit", "shown"),
    [
        ("ru", "gov.kz", "Фото: gov.kz"),
        ("ru", "Руслан Ким", "Фото: Руслан Ким"),
        ("ru", "Фото: Руслан Ким", "Фото: Руслан Ким"),
        ("ru", "Фото Руслана Кима", "Фото Руслана Кима"),
        ("ru", "Фото:gov.kz", "Фото:gov.kz"),
        ("ru", "ФОТО АВТОРА", "ФОТО АВТОРА"),
        ("ru", "Фотограф Руслан Ким", "Фотограф Руслан Ким"),
        ("ru", "Иллюстрация: Айша Омар", "Иллюстрация: Айша Омар"),
        ("kk", "Әсел Тілеубаева", "Фото: Әсел Тілеубаева"),
        ("kk", "Суретті түсірген Әсел", "Суретті түсірген Әсел"),
        ("en", "Photo by Asel", "Photo by Asel"),
    ],
)
def test_a_credit_that_says_what_it_is_stays_as_it_was_written(
    language: str, credit: str, shown: str
) -> None:
    assert Languages().get(language).credit(credit) == shown


def test_large_and_small_pictures_have_caption_and_credit_once() -> None:
    picture = Picture(url=URL, caption="Мост.", credit="Фото gov.kz")

    said = html.document_fromstring(rendered(picture, picture).html).text_content()

    assert "Мост. Фото gov.kz" in said
    assert " · Фото gov.kz" in said
    assert said.count("Фото") == 2


@pytest.mark.parametrize("title", [TITLE, "Очень длинный заголовок " * 7])
def test_no_alt_beside_a_headline_repeats_it(title: str) -> None:
    picture = Picture(url=URL, alt=title)
    other = Picture(url=URL, alt="Лёд на реке")

    page = html.document_fromstring(rendered(picture, picture, other, title=title).html)

    first, *others = page.xpath("//img/@alt")
    assert others == ["", "Лёд на реке"]
    # It stands alone in its link, which needs a name.
    assert title.startswith(first.rstrip("…"))


@pytest.mark.parametrize(
    ("language", "ending"),
    [
        ("ru", "срока и ещё 2 статьи"),
        ("kk", "ашылды және тағы 2 мақала"),
        ("en", "early and 2 more articles"),
    ],
)
def test_the_subject_of_several_at_once_is_one_sentence(
    language: str, ending: str
) -> None:
    newspaper = Newspaper(language)
    content = replace(newspaper.content(3), is_instant=True, latest=())

    subject = render_digest(
        shipped_renderer(), content, site=newspaper.site(), zone=ALMATY
    ).subject

    assert subject.endswith(ending)
