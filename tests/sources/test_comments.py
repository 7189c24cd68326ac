"""Comments come with an article; a bad one is set aside and harms nothing else."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from publisher.clock import SteppedClock
from publisher.model.article import IncomingArticle
from publisher.sources.folder import FolderSource
from publisher.sources.intake import Intake
from publisher.store import Store
from publisher.store.comments import find_discussion
from publisher.store.rubrics import sync_tree
from publisher.store.sources import list_set_aside
from tests.builders import a_tree
from tests.sources.watched import DEFAULTS, NOW, WatchedFolder, read_file

SAID = "2026-03-02T08:15:00+05:00"
GOOD = {"id": "1", "author": "Ерлан", "published": SAID, "text": "Рақмет!"}


def a_record(comments: object) -> str:
    record = {
        "id": "most",
        "title": "Мост",
        "published": "2026-03-02T08:00:00+05:00",
        "rubrics": ["novosti"],
        "comments": comments,
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def read_one(folder: Path, comments: object) -> IncomingArticle:
    (found,) = read_file(folder, "wire.jsonl", a_record(comments))
    assert isinstance(found, IncomingArticle)
    return found


def test_a_list_of_comments_is_read_and_counted(tmp_path: Path) -> None:
    found = read_one(tmp_path, {"url": "#c", "list": [GOOD | {"url": "#c-1"}]})

    (comment,) = found.comments
    assert (comment.key, comment.author) == ("1", "Ерлан")
    assert comment.body_html == "<p>Рақмет!</p>"
    assert comment.published_at.isoformat() == "2026-03-02T03:15:00+00:00"
    assert comment.url == "https://vestnik.example/ru/most#c-1"
    assert found.comments_url == "https://vestnik.example/ru/most#c"
    assert found.comment_count == 1


def test_the_list_may_stand_alone_and_a_given_count_counts(tmp_path: Path) -> None:
    assert len(read_one(tmp_path, [GOOD]).comments) == 1
    assert read_one(tmp_path, {"count": 9, "list": [GOOD]}).comment_count == 9
    assert read_one(tmp_path, {"count": 9}).comments == ()


def test_every_sign_of_a_plain_text_is_shown(tmp_path: Path) -> None:
    text = "a < b & <b>c</b>\nвторая строка\n\nвторой абзац"

    (comment,) = read_one(tmp_path, [GOOD | {"text": text}]).comments

    assert comment.body_html == (
        "<p>a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;<br>вторая строка</p><p>второй абзац</p>"
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("слово", "a comment is an object"),
        ({}, "author: there is none"),
        (GOOD | {"id": ""}, "id: there is none"),
        (GOOD | {"published": "вчера"}, "published: no date and time"),
        (GOOD | {"text": " "}, 'neither "text" nor "html"'),
        (GOOD | {"text": ["Рақмет"]}, "text: a text is expected"),
        (GOOD | {"url": "javascript:alert(1)"}, "is no http(s) address"),
        (GOOD | {"text": "а" * 100_001}, "longer than 100000 characters"),
        (GOOD, '"1" stands twice'),
    ],
)
def test_a_bad_comment_is_told_with_its_place_and_reason(
    tmp_path: Path, bad: object, reason: str
) -> None:
    found = read_one(tmp_path, [GOOD, bad])

    (told,) = found.unusable_comments
    assert [comment.key for comment in found.comments] == ["1"]
    assert told.place == "wire.jsonl:1: comment 2"
    assert reason in told.reason


class Desk:
    """A store that takes in what stands in a folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.watched = WatchedFolder(folder)
        self.tree, _ = store.transact(sync_tree, a_tree(), NOW)
        clock = SteppedClock(NOW)
        self.intake = Intake(
            source=FolderSource("test", folder, defaults=DEFAULTS, clock=clock),
            store=store,
            clock=clock,
            tree=self.tree,
            languages=("ru", "kk"),
            authority="vestnik.example",
            since=date(2026, 1, 1),
        )

    def take(self, *comments: Any) -> dict[str, str]:  # noqa: ANN401 (of any kind)
        """Take one article in and return what readers said about it, by author."""
        self.watched.write("wire.jsonl", a_record(list(comments)))
        self.intake.look()
        found = self.store.query(find_discussion, 1, self.tree, 500)
        assert found is not None
        return {one.author: one.body_html for one in found.comments}

    def reasons(self) -> list[str]:
        return [row.reason for row in self.store.query(list_set_aside, 100)]


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    return Desk(sqlite_store, tmp_path)


def test_bad_comments_are_set_aside_until_they_are_mended(desk: Desk) -> None:
    empty = GOOD | {"id": "2", "author": "Пустой", "html": "<script>1</script>"}

    assert desk.take(GOOD, {"id": "3"}, empty) == {"Ерлан": "<p>Рақмет!</p>"}
    assert len(desk.reasons()) == 2
    assert any("nothing is left of it" in reason for reason in desk.reasons())

    mended = desk.take(GOOD, empty | {"html": "<p>Қайырлы таң</p>"})

    assert mended["Пустой"] == "<p>Қайырлы таң</p>"
    assert desk.reasons() == []


def test_hostile_html_of_a_comment_is_inert(desk: Desk) -> None:
    hostile = (
        '<p onclick="steal()">Слово<script>steal()</script>'
        '<a href="javascript:steal()">сюда</a><iframe src="//evil.example"></iframe>'
        "<img src=x onerror=steal()><style>*{display:none}</style></p></div></body>"
    )

    shown = desk.take(GOOD | {"html": hostile})["Ерлан"]

    assert "Слово" in shown
    for active in ("steal", "script", "iframe", "onerror", "style", "javascript"):
        assert active not in shown.lower()
