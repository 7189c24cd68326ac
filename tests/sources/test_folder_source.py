"""A look at a folder shows what changed since the last one, once and completely.

Nothing half-written is read, nothing that only looks changed is shown again, and a disk
that is not there takes no article away.
"""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from publisher.errors import ArticleError
from publisher.sources import folder as folder_module
from publisher.sources.folder_listing import list_folder
from publisher.sources.source import FileGone
from tests.sources.watched import WatchedFolder, a_markdown_file

JUST_NOW = timedelta(seconds=0.5)
A_DAY = timedelta(days=1)


@pytest.fixture
def watched(tmp_path: Path) -> WatchedFolder:
    """Return a watched folder with one file, not yet looked at."""
    watched = WatchedFolder(tmp_path / "news")
    watched.write("gorod/a.md", a_markdown_file())
    return watched


def titles(watched: WatchedFolder) -> list[str]:
    return [article.title for article in watched.articles()]


def test_a_new_file_is_shown_once(watched: WatchedFolder) -> None:
    assert titles(watched) == ["Мост открыт"]
    assert watched.look() == []


def test_a_restart_shows_nothing_again(watched: WatchedFolder) -> None:
    watched.look()
    watched.restart()

    assert watched.look() == []


def test_a_changed_file_is_shown_again(watched: WatchedFolder) -> None:
    watched.look()
    watched.write("gorod/a.md", a_markdown_file("Мост закрыт"), timedelta(minutes=5))

    assert titles(watched) == ["Мост закрыт"]


def test_a_file_that_was_only_touched_is_not_shown(watched: WatchedFolder) -> None:
    watched.look()
    for minutes in (50, 40):
        watched.age("gorod/a.md", timedelta(minutes=minutes))
        assert watched.look() == []
        assert watched.look() == []
    watched.write("gorod/a.md", a_markdown_file("Мост закрыт"), timedelta(minutes=30))
    assert titles(watched) == ["Мост закрыт"]


def test_an_unchanged_file_is_not_even_opened(watched: WatchedFolder) -> None:
    watched.look()
    file = watched.folder / "gorod" / "a.md"
    stat = file.stat()
    file.write_text("x" * stat.st_size, encoding="utf-8")
    os.utime(file, ns=(stat.st_mtime_ns, stat.st_mtime_ns))

    assert watched.look() == []


def test_a_file_put_in_the_place_of_another_is_shown(watched: WatchedFolder) -> None:
    watched.look()
    file = watched.folder / "gorod" / "a.md"
    stat = file.stat()
    other = watched.write("b.tmp", a_markdown_file("Мост закрыт"))
    assert len(other.read_bytes()) == stat.st_size
    other.rename(file)
    os.utime(file, ns=(stat.st_mtime_ns, stat.st_mtime_ns))

    assert titles(watched) == ["Мост закрыт"]


def test_a_file_being_written_is_left_until_it_rests(watched: WatchedFolder) -> None:
    watched.look()
    whole = a_markdown_file("Снег")
    watched.write("b.md", whole[:20], JUST_NOW)
    assert watched.look() == []
    watched.write("b.md", whole, JUST_NOW / 2)
    assert watched.look() == []
    assert titles(watched) == ["Снег"]


def test_a_file_that_rests_is_read_at_the_first_look(watched: WatchedFolder) -> None:
    watched.write("b.md", a_markdown_file("Снег"), timedelta(seconds=2))

    assert titles(watched) == ["Снег", "Мост открыт"]


def test_a_known_file_being_written_is_not_gone(watched: WatchedFolder) -> None:
    watched.look()
    watched.write("gorod/a.md", "---\ntit", JUST_NOW)

    assert watched.look() == []


def test_a_file_written_while_it_is_read_is_left_to_the_next_look(
    watched: WatchedFolder,
) -> None:
    lines = ['{"id": 1, "title": "Раз"}'] * folder_module.ENTRIES_PER_READING
    file = watched.write("wire.jsonl", "\n".join([*lines, '{"id": 2, "title": "Два"}']))
    scan = watched.source.scan({"gorod/a.md": ""})
    parts = [next(scan), next(scan)]
    with file.open("a", encoding="utf-8") as wire:
        wire.write('\n{"id": 3, "title": "Три"}')
    parts += scan

    assert [part.path for part in parts] == ["gorod/a.md", "wire.jsonl"]
    assert not isinstance(parts[1], FileGone)
    assert not parts[1].is_last


def test_a_huge_file_comes_in_parts_that_name_no_fingerprint(
    watched: WatchedFolder,
) -> None:
    count = folder_module.ENTRIES_PER_READING
    line = '{{"id": {0}, "title": "Т"}}\n'
    watched.write("wire.jsonl", "".join(line.format(i) for i in range(count + 3)))

    _, *parts = watched.readings()

    assert [len(part.articles) for part in parts] == [count, 3]
    assert [part.is_last for part in parts] == [False, True]
    assert [bool(part.fingerprint) for part in parts] == [False, True]
    assert watched.look() == []


def test_a_file_that_is_gone_is_told_once(watched: WatchedFolder) -> None:
    watched.look()
    (watched.folder / "gorod" / "a.md").unlink()

    assert watched.look() == [FileGone("gorod/a.md")]
    assert watched.look() == []


def test_a_renamed_file_is_shown_under_its_new_name_before_the_old_is_gone(
    watched: WatchedFolder,
) -> None:
    watched.look()
    (watched.folder / "gorod").rename(watched.folder / "rayon")

    shown, gone = watched.look()

    assert shown.path == "rayon/a.md"
    assert gone == FileGone("gorod/a.md")


@pytest.mark.parametrize(
    "name",
    [".b.md", ".git/b.md", "README.md", "ReadMe.MD", "b.md~", "b.md.tmp", "b.jpg", "b"],
)
def test_files_that_are_no_articles_are_passed_over(
    watched: WatchedFolder, name: str
) -> None:
    watched.write(name, a_markdown_file("Нет"))

    assert titles(watched) == ["Мост открыт"]


@pytest.mark.parametrize("name", ["b.MD", "b.markdown", "1/2/3/b.md", "Көпір.md"])
def test_files_of_every_such_name_are_read(watched: WatchedFolder, name: str) -> None:
    watched.write(name, a_markdown_file("Снег"))

    assert "Снег" in titles(watched)


def test_a_link_out_of_the_folder_is_refused_once(watched: WatchedFolder) -> None:
    outside = watched.folder.parent / "passwd.md"
    outside.write_text(a_markdown_file("Тайна"), encoding="utf-8")
    (watched.folder / "b.md").symlink_to(outside)
    (watched.folder / "c").symlink_to(watched.folder.parent)

    refusals = watched.refusals()

    assert [refusal.where for refusal in refusals] == ["b.md:1", "c:1"]
    assert refusals[0].reason == "this link leads out of the folder; copy the file here"
    assert watched.look() == []


def test_a_link_to_a_listed_place_shows_nothing_twice(watched: WatchedFolder) -> None:
    (watched.folder / "b.md").symlink_to(watched.folder / "gorod" / "a.md")
    (watched.folder / "gorod" / "up").symlink_to(watched.folder)

    assert titles(watched) == ["Мост открыт"]


def test_a_link_to_a_hidden_place_is_followed(watched: WatchedFolder) -> None:
    watched.write(".v1/b.md", a_markdown_file("Снег"))
    (watched.folder / "b.md").symlink_to(watched.folder / ".v1" / "b.md")

    assert titles(watched) == ["Снег", "Мост открыт"]


def test_a_broken_link_is_passed_over(watched: WatchedFolder) -> None:
    (watched.folder / "b.md").symlink_to(watched.folder / "none.md")

    assert titles(watched) == ["Мост открыт"]


@pytest.mark.parametrize("name", ["b.md", "b", "gorod/b"])
@pytest.mark.parametrize(
    ("target", "why"),
    [("b", "Too many levels of symbolic links"), ("c" * 300, "File name too long")],
    ids=["circle", "long"],
)
def test_a_link_that_cannot_be_followed_is_refused_and_its_neighbours_are_read(
    watched: WatchedFolder, name: str, target: str, why: str
) -> None:
    link = watched.folder / name
    link.symlink_to(link.name if target == "b" else target)

    readings = watched.readings()

    assert [a.title for found in readings for a in found.articles] == ["Мост открыт"]
    [refusal] = [refusal for found in readings for refusal in found.refusals]
    assert refusal.where == f"{name}:1"
    assert refusal.reason == f"it cannot be read ({why}); allow us to"
    assert watched.look() == []


def test_what_a_folder_held_is_not_gone_when_a_link_in_a_circle_takes_its_place(
    watched: WatchedFolder,
) -> None:
    watched.look()
    (watched.folder / "gorod").rename(watched.folder.parent / "away")
    (watched.folder / "gorod").symlink_to("gorod")

    assert [refusal.where for refusal in watched.refusals()] == ["gorod:1"]
    assert "gorod/a.md" in watched.known


def test_a_pipe_is_refused_and_never_opened(watched: WatchedFolder) -> None:
    os.mkfifo(watched.folder / "b.md")
    (watched.folder / "c.md").symlink_to("b.md")

    listing = list_folder(watched.folder)

    assert list(listing.files) == ["gorod/a.md"]
    assert listing.refused["b.md"] == (
        "it is a pipe or a device; put a file in its place"
    )


def test_a_folder_that_is_not_there_takes_nothing_away(watched: WatchedFolder) -> None:
    watched.look()
    watched.folder.rename(watched.folder.parent / "away")

    with pytest.raises(ArticleError, match=r"news cannot be read .*; create it, or"):
        watched.look()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told_once_and_not_gone(
    watched: WatchedFolder,
) -> None:
    watched.look()
    watched.write("b.md", a_markdown_file("Снег")).chmod(0)
    (watched.folder / "gorod").chmod(0)

    refusals = watched.refusals()

    assert [refusal.where for refusal in refusals] == ["b.md:1", "gorod:1"]
    assert watched.look() == []
    (watched.folder / "b.md").chmod(0o600)
    (watched.folder / "gorod").chmod(0o700)
    shown, gone = watched.look()
    assert (shown.path, gone) == ("b.md", FileGone("gorod"))


def test_a_name_that_cannot_be_printed_is_refused(watched: WatchedFolder) -> None:
    (watched.folder / "a\nb.md").write_text(a_markdown_file(), encoding="utf-8")
    (watched.folder / os.fsdecode(b"\xff.md")).write_bytes(b"")

    refusals = watched.refusals()

    assert [refusal.where for refusal in refusals] == ["a\\nb.md:1", "\\udcff.md:1"]
    assert watched.look() == []


def test_an_article_is_shown_again_when_its_picture_comes(
    watched: WatchedFolder,
) -> None:
    text = a_markdown_file("Снег", "![](sneg.png)", picture="sneg.png")
    watched.write("b.md", text)
    (before,) = (article for article in watched.articles() if article.title == "Снег")
    assert before.picture is None
    assert len(before.problems) == 2
    assert watched.look() == []

    Image.new("RGB", (60, 40)).save(watched.folder / "sneg.png")

    (after,) = watched.articles()
    assert after.picture is not None
    assert after.problems == ()
    assert watched.look() == []


@pytest.mark.parametrize("name", ["x\ud800.jpg", "x%00.jpg", "loop.jpg", "%FF.jpg"])
def test_a_picture_that_no_file_can_be_holds_up_no_article(
    watched: WatchedFolder, name: str
) -> None:
    (watched.folder / "loop.jpg").symlink_to("loop.jpg")
    body = f"<p>Да. <img src='{name}'></p>"
    record = {"id": 1, "title": "Снег", "body_html": body, "picture": name}
    watched.write("b.json", json.dumps([record]))

    readings = watched.readings()

    titles = [a.title for found in readings for a in found.articles]
    assert titles == ["Снег", "Мост открыт"]


def test_a_picture_is_not_waited_for_for_ever(watched: WatchedFolder) -> None:
    watched.write("b.md", a_markdown_file("Снег", picture="sneg.png"))
    watched.look()
    watched.clock.move(A_DAY)
    Image.new("RGB", (60, 40)).save(watched.folder / "sneg.png")

    assert watched.look() == []
