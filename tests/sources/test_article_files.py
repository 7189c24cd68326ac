"""A file of articles is read as docs/reference/article-files.md says, in every form."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from publisher.model.article import Byline, IncomingArticle, Picture
from publisher.sources.source import Refusal
from tests.sources.watched import WatchedFolder, read_file

MARKDOWN = """\
---
id: most-2026
guid: https://old.vestnik.example/?p=77
language: ru
title: "Мост: движение открыто"
lead: Объезд больше не нужен.
rubrics: [transport, novosti/gorod]
authors:
  - Соб. инф.
  - {name: Айгерим Сейт, url: /avtory/aigerim/}
published: 2026-03-02T09:00:00+05:00
modified: 2026-03-02 10:30
embargo: 02.03.2026 09:05
picture:
  file: pictures/most.png
  alt: Мост над рекой
  caption: Первый автобус
  credit: Фото gov.kz
tags: [мост, дороги]
translation_of: kopir-2026
related: [most-2025, 2024]
comments: {url: "#comments", count: 27}
rights: © Вестник
slug: novyy-most
---
Ленточку **не резали**.

![Автобус](pictures/most.png "На мосту")

| Рейс | Время |
|------|-------|
| 7    | ~~8:00~~ 8:10 |

<iframe src="https://vk.com/video_ext.php?oid=1&id=2"></iframe>
"""

ARTICLE = IncomingArticle(
    source_id="most-2026",
    guid="https://old.vestnik.example/?p=77",
    language="ru",
    title="Мост: движение открыто",
    lead="Объезд больше не нужен.",
    body_html=(
        "<p>Ленточку <strong>не резали</strong>.</p>\n"
        '<figure><img src="https://pic.vestnik.example/news/pictures/most.png" '
        'alt="Автобус" width="60" height="40" />'
        "<figcaption>На мосту</figcaption></figure>\n"
        "<table>\n<thead>\n<tr>\n<th>Рейс</th>\n<th>Время</th>\n</tr>\n</thead>\n"
        "<tbody>\n<tr>\n<td>7</td>\n<td><s>8:00</s> 8:10</td>\n</tr>\n</tbody>\n"
        "</table>\n"
        '<iframe src="https://vk.com/video_ext.php?oid=1&id=2"></iframe>\n'
    ),
    published_at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    modified_at=datetime(2026, 3, 2, 5, 30, tzinfo=UTC),
    embargo_until=datetime(2026, 3, 2, 4, 5, tzinfo=UTC),
    url="https://vestnik.example/ru/novyy-most",
    rubrics=("transport", "novosti/gorod"),
    bylines=(
        Byline("Соб. инф."),
        Byline("Айгерим Сейт", "https://vestnik.example/avtory/aigerim/"),
    ),
    picture=Picture(
        url="https://pic.vestnik.example/news/pictures/most.png",
        alt="Мост над рекой",
        caption="Первый автобус",
        credit="Фото gov.kz",
        width=60,
        height=40,
        length=0,
        media_type="image/png",
    ),
    tags=("мост", "дороги"),
    translation_of="kopir-2026",
    related=("most-2025", "2024"),
    comments_url="https://vestnik.example/ru/novyy-most#comments",
    comment_count=27,
    rights="© Вестник",
)

TOML = """\
+++
title = "Көпір ашылды"
lang = "kk"
date = 2026-03-02T09:00:00
author = "Тілші"
rubric = ["Жаңалықтар", "Қала"]
draft = true
[image]
url = "/img/kopir.jpg"
width = 800
+++
Иә.
"""

JSON_LINES = """\
{"id": 1, "title": "Раз", "body_html": "<p>Да</p>", "published": "2026-03-02T09:00"}

\ufeff{"id": "2", "title": "Два", "body_markdown": "*Да*", "date": "2026-03-02"}
нет
{"id": "3", "title": "Три", "summary": "Лид", "published": "2026-03-02T04:00:00Z"}
"""

JSON_LIST = """\
[
  {"id": "1", "title": "Раз", "published": "2026-03-02"},
  ["нет"],
  {
    "id": "2",
    "published": "вчера",
    "title": "Два"
  }
]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one picture."""
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "pictures" / "most.png")
    return tmp_path


def test_a_markdown_file_says_everything_an_article_has(folder: Path) -> None:
    length = (folder / "pictures" / "most.png").stat().st_size

    (article,) = read_file(folder, "articles/most.md", MARKDOWN)

    assert ARTICLE.picture is not None
    picture = {name: getattr(ARTICLE.picture, name) for name in Picture.__slots__}
    expected = {name: getattr(ARTICLE, name) for name in IncomingArticle.__slots__}
    expected["picture"] = Picture(**{**picture, "length": length})
    assert article == IncomingArticle(**expected)


def test_toml_and_other_names_are_read_too(tmp_path: Path) -> None:
    (article,) = read_file(tmp_path, "kopir.kk.md", TOML)

    assert article == IncomingArticle(
        source_id="kopir.kk",
        language="kk",
        title="Көпір ашылды",
        body_html="<p>Иә.</p>\n",
        published_at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
        url="https://vestnik.example/kk/kopir.kk",
        rubrics=("Қала",),
        bylines=(Byline("Тілші"),),
        picture=Picture(url="https://vestnik.example/img/kopir.jpg", width=800),
        is_withdrawn=True,
    )


def test_json_lines_give_articles_and_tell_the_lines_that_are_none(
    tmp_path: Path,
) -> None:
    *articles, refusal = read_file(tmp_path, "wire.jsonl", JSON_LINES)

    read = [a for a in articles if isinstance(a, IncomingArticle)]
    assert [(a.source_id, a.title, a.body_html, a.lead) for a in read] == [
        ("1", "Раз", "<p>Да</p>", ""),
        ("2", "Два", "<p><em>Да</em></p>\n", ""),
        ("3", "Три", "", "Лид"),
    ]
    assert [a.published_at.hour for a in read] == [4, 19, 4]
    assert refusal == Refusal(
        "wire.jsonl:4", "this is not JSON: Expecting value in column 1", "нет\n"
    )


def test_a_json_file_holds_a_list_whose_lines_are_told(tmp_path: Path) -> None:
    article, no_object, no_date = read_file(tmp_path, "a.json", JSON_LIST)

    assert isinstance(article, IncomingArticle)
    assert article.source_id == "1"
    assert isinstance(no_object, Refusal)
    assert no_object.where == "a.json:3"
    assert no_object.reason == "an article is an object {…}, but here stands a list"
    assert isinstance(no_date, Refusal)
    assert no_date.where == "a.json:6"
    assert no_date.reason.startswith('published: "вчера" is no date and time; write')


def test_a_json_file_may_hold_one_object(tmp_path: Path) -> None:
    (article,) = read_file(tmp_path, "a.json", ' {"id": "1", "title": "Раз"} ')

    assert isinstance(article, IncomingArticle)
    assert article.title == "Раз"


def test_what_stands_before_a_cut_in_a_list_is_read(tmp_path: Path) -> None:
    article, refusal = read_file(tmp_path, "a.json", '[{"id": 1, "title": "Раз"},\n{"i')

    assert isinstance(article, IncomingArticle)
    assert isinstance(refusal, Refusal)
    assert refusal.where == "a.json:2"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_no_harm(tmp_path: Path, encoding: str) -> None:
    content = "---\r\ntitle: Көпір\r\n---\r\nИә\r\n".encode(encoding)

    (article,) = read_file(tmp_path, "a.md", content)

    assert isinstance(article, IncomingArticle)
    assert article.title == "Көпір"


def test_an_article_without_a_date_has_the_time_of_its_file(tmp_path: Path) -> None:
    (article,) = read_file(tmp_path, "a.md", "---\ntitle: Да\n---\n")

    assert isinstance(article, IncomingArticle)
    assert article.published_at == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert article.problems == (
        '"published" is missing; the time of the file was taken',
    )


def test_the_newsroom_that_comes_with_the_service_is_read_whole(tmp_path: Path) -> None:
    newsroom = Path(__file__).resolve().parents[2] / "samples" / "newsroom"
    files = [*newsroom.glob("articles/*.md"), newsroom / "wire.jsonl"]
    watched = WatchedFolder(newsroom)
    watched.clock.move_to(datetime.now(UTC))  # noqa: TID251 (its files have real ages)

    readings = watched.readings()

    assert len(readings) == len(files)
    assert [refusal for found in readings for refusal in found.refusals] == []
    articles = [article for found in readings for article in found.articles]
    assert len({article.source_id for article in articles}) == len(articles)
    assert {article.language for article in articles} == {"ru", "kk"}
    assert [article.problems for article in articles if article.problems] == []
    assert all(a.picture.width == 1200 for a in articles if a.picture is not None)
    assert not list(tmp_path.iterdir())
