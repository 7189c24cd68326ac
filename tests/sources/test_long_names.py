"""What is longer than the store has room for steps aside, on each database."""

import json
from datetime import date
from pathlib import Path

import pytest

from publisher.clock import SteppedClock
from publisher.sources.folder import FolderSource
from publisher.sources.intake import Intake
from publisher.store import Store
from publisher.store.comments import find_discussion
from publisher.store.rubrics import sync_tree
from publisher.store.sources import list_set_aside, set_article_aside
from tests.builders import a_tree
from tests.sources.watched import DEFAULTS, NOW, WatchedFolder

SAID = "2026-03-02T08:15:00+05:00"
ROOMY = "/".join(["редакция" * 10] * 12)
"""A folder of as many letters as the store has room for, and as bytes of twice that."""
DEEP = "/".join(["desk" * 50] * 6)


def a_record(key: str, **more: object) -> str:
    record = {
        "id": key,
        "title": "Мост",
        "published": "2026-03-02T08:00:00+05:00",
        "rubrics": ["novosti"],
        **more,
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> WatchedFolder:
    return WatchedFolder(tmp_path)


@pytest.fixture
def intake(store: Store, folder: WatchedFolder) -> Intake:
    tree, _ = store.transact(sync_tree, a_tree(), NOW)
    return Intake(
        source=FolderSource("desk", folder.folder, defaults=DEFAULTS),
        store=store,
        clock=SteppedClock(NOW),
        tree=tree,
        languages=("ru", "kk"),
        authority="vestnik.example",
        since=date(2026, 1, 1),
    )


def test_a_file_too_deep_is_refused_once_and_the_others_go_in(
    intake: Intake, folder: WatchedFolder
) -> None:
    folder.write(f"{DEEP}/wire.jsonl", a_record("deep"))
    folder.write("wire.jsonl", a_record("most"))

    reports = [intake.look() for _ in range(2)]

    assert [(one.new, one.set_aside) for one in reports] == [(1, 1), (0, 0)]
    (aside,) = intake.store.query(list_set_aside, 10)
    assert "longer than" in aside.reason


def test_a_long_path_in_other_letters_is_taken_in(
    intake: Intake, folder: WatchedFolder
) -> None:
    folder.write(f"{ROOMY}/wire.jsonl", a_record("most"))

    assert intake.look().new == 1


def test_a_name_that_grows_when_its_letters_are_composed_is_shortened(
    intake: Intake, folder: WatchedFolder
) -> None:
    said = {"id": "1", "author": "\ufb2c" * 500, "published": SAID, "text": "Рақмет!"}
    folder.write("wire.jsonl", a_record("most", comments=[said]))

    report = intake.look()

    assert (report.new, report.set_aside) == (1, 0)
    discussion = intake.store.query(find_discussion, 1, intake.tree, 10)
    assert discussion is not None
    assert len(discussion.comments[0].author) <= 500


def test_an_article_with_a_long_id_in_a_long_path_can_be_set_aside_later(
    intake: Intake, folder: WatchedFolder
) -> None:
    folder.write(f"{ROOMY}/wire.jsonl", a_record("n" * 500))
    intake.look()

    for _ in range(2):
        intake.store.transact(set_article_aside, 1, "it is not well formed", NOW)

    (aside,) = intake.store.query(list_set_aside, 10)
    assert aside.place.startswith(ROOMY)
