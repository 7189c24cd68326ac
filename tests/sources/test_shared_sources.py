"""Real articles are read whole, and broken imports end as articles or refusals."""

import json
from pathlib import Path

import pytest

from publisher.model.article import IncomingArticle
from tests.shared_data import shared_data
from tests.sources.watched import read_file


def test_every_real_article_is_read(tmp_path: Path) -> None:
    content = (shared_data("articles") / "articles.jsonl").read_bytes()
    written = [json.loads(line) for line in content.decode().splitlines()]

    found = read_file(tmp_path, "articles.jsonl", content)

    assert len(found) == len(written)
    for article, said in zip(found, written, strict=True):
        assert isinstance(article, IncomingArticle)
        assert article.source_id == said["id"]
        assert article.language == said["lang"]
        assert article.title == said["title"]
        assert article.body_html == said["body_html"]
        assert article.rubrics == (said["rubric_slugs"][-1],)
        assert [byline.name for byline in article.bylines] == [said["author"]]
        assert article.url == said["url"]
        assert article.translation_of == said.get("translation_of")
        assert list(article.tags) == list(dict.fromkeys(said["tags"]))
        image = said.get("image", {})
        assert (article.picture and article.picture.url) == image.get("url")
        if article.picture is not None:
            assert article.picture.caption == image["caption"]
            assert article.picture.length == image["length"]


def test_the_good_lines_of_a_hostile_file_are_read_and_the_bad_ones_told(
    tmp_path: Path,
) -> None:
    content = (shared_data("hostile-import") / "hostile.jsonl").read_bytes()
    lines = content.decode("utf-8", "replace").splitlines()

    found = read_file(tmp_path, "hostile.jsonl", content)

    articles = [entry for entry in found if isinstance(entry, IncomingArticle)]
    assert [article.title for article in articles] == ["ok", "x", "bom"]
    assert len(found) == sum(1 for line in lines if line.strip())
    places = [entry.where for entry in found if not isinstance(entry, IncomingArticle)]
    assert places == [
        f"hostile.jsonl:{n}" for n in (2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14)
    ]


@pytest.mark.parametrize("name", ["a.md", "a.json", "a.jsonl"])
def test_hostile_imports_under_any_name_end_as_articles_or_refusals(
    tmp_path: Path, name: str
) -> None:
    for file in sorted(shared_data("hostile-import").iterdir()):
        content = file.read_bytes()
        if content.strip():
            assert read_file(tmp_path / file.stem, name, content)


def test_naughty_words_go_through_every_place_of_a_file(tmp_path: Path) -> None:
    naughty = json.loads((shared_data("security") / "blns.json").read_text("utf-8"))
    names = ("title", "lead", "authors", "tags", "rights", "body_html")
    lines = [
        json.dumps({"id": n, **dict.fromkeys(names, word)})
        for n, word in enumerate(naughty)
    ]

    found = read_file(tmp_path, "naughty.jsonl", "\n".join(lines))

    refused = [entry for entry in found if not isinstance(entry, IncomingArticle)]
    assert len(found) == len(naughty)
    assert {entry.reason for entry in refused} <= {
        "title: there is none; every article needs one"
    }
