"""In development the articles of the sample newsroom can be read where feeds lead."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import a_picture, an_article
from tests.web.client import Client
from tests.web.page import Page, words
from tests.web.site import BASE_URL, Site

URL = f"{BASE_URL}/newsroom/ru/most"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "newsroom"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "most.jpg").write_bytes(b"\xff\xd8\xff picture")
    (folder / "secret.jpg").write_bytes(b"secret")
    return folder


@pytest.fixture
def developer(empty_site: Site, pictures: Path) -> Client:
    picture = replace(a_picture(), url=f"{BASE_URL}/newsroom/pictures/most.jpg")
    empty_site.newsroom.take(
        an_article("most", url=URL, picture=picture, related=("rabota",))
    )
    empty_site.newsroom.take(
        an_article(
            "kopir",
            language="kk",
            title="Көпір",
            url=f"{BASE_URL}/newsroom/kk/kopir",
            translation_of="most",
        )
    )
    empty_site.newsroom.take(
        an_article("rabota", title="Работа", url=f"{BASE_URL}/newsroom/ru/rabota")
    )
    return empty_site.in_development(pictures, pictures).client


async def test_an_article_is_shown_at_its_address(developer: Client) -> None:
    page = Page.of(await developer.get("/newsroom/ru/most"))

    assert page.heading == "Мост через Есиль откроют к Наурызу"
    assert "Соб. инф., " in page.text
    assert "последний слой асфальта" in page.text
    assert "Фото редакции" in page.text
    assert "Фото: Фото" not in page.text


async def test_it_leads_to_translations_related_articles_and_rubrics(
    developer: Client,
) -> None:
    links = Page.of(await developer.get("/newsroom/ru/most")).links()

    assert links["Қазақ тілі"] == f"{BASE_URL}/newsroom/kk/kopir"
    assert links["Работа"] == f"{BASE_URL}/newsroom/ru/rabota"
    assert links["Общество"] == "/ru/rubrics/novosti/obshchestvo"


async def test_a_headline_is_only_text(empty_site: Site, pictures: Path) -> None:
    empty_site.newsroom.take(
        an_article(
            "x", title="<script>alert(1)</script>", url=f"{BASE_URL}/newsroom/ru/x"
        )
    )

    answer = await empty_site.in_development(pictures, pictures).client.get(
        "/newsroom/ru/x"
    )

    page = Page.of(answer)
    assert page.all("script") == []
    assert page.heading == "<script>alert(1)</script>"


async def test_withdrawn_articles_are_not_shown(
    empty_site: Site, pictures: Path
) -> None:
    empty_site.newsroom.take(an_article("most", url=URL, is_withdrawn=True))

    answer = await empty_site.in_development(pictures, pictures).client.get(
        "/newsroom/ru/most"
    )

    assert answer.status == 404


async def test_pictures_are_served(developer: Client) -> None:
    answer = await developer.get("/newsroom/pictures/most.jpg")

    assert answer["content-type"] == "image/jpeg"
    assert answer.body.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "name",
    [
        "nope.jpg",
        "..%2fsecret.jpg",
        "%2e%2e%2fsecret.jpg",
        "..",
        ".most.jpg",
        "most.jpg%00",
        "most.txt",
        "%2fetc%2fpasswd",
    ],
)
async def test_nothing_but_pictures_is_served(developer: Client, name: str) -> None:
    answer = await developer.get(f"/newsroom/pictures/{name}")

    assert answer.status == 404
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/newsroom/", "/ru/"),
        ("/newsroom", "/ru/"),
        ("/newsroom/rubrics/novosti/politika", "/ru/rubrics/novosti/politika"),
    ],
)
async def test_the_newspapers_sections_are_our_rubric_pages(
    developer: Client, path: str, target: str
) -> None:
    answer = await developer.get(path)

    assert (answer.status, answer["location"]) == (307, target)


async def test_headings_do_not_skip(developer: Client) -> None:
    page = Page.of(await developer.get("/newsroom/ru/most"))

    assert [words(h) for h in page.root.iter("h1")]
