"""Real processes copy every document, however often they are killed."""

import gzip
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
import pytest

from publisher.store import Store
from publisher.store.documents import documents_since, load_document

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
NEWS = """---
language: ru
title: Трамвай вернётся на Степной проспект, рейс {number}
lead: Рельсы уже привезли.
rubrics: [transport]
---
Вагон номер {number} пойдёт весной.
"""


UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.decompress,
    ".br": brotli.decompress,
}


class Desk:
    """The embedded default in a folder of its own, with an output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.static = folder / "var" / "static"
        shutil.copytree(ROOT / "samples", folder / "samples")
        text = (ROOT / "config.toml").read_text("utf-8")
        output = '[[output]]\nname = "static"\nfolder = "var/static"\n'
        (folder / "config.toml").write_text(f"{text}\n{output}", encoding="utf-8")

    def command(self, *words: str) -> list[str]:
        file = self.folder / "config.toml"
        return [sys.executable, "-m", "publisher", "--json", "-c", str(file), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), cwd=ROOT, capture_output=True, text=True, check=False
        )

    def mirror(self, *options: str) -> tuple[int, int]:
        """Copy what waits; return how many were copied and removed."""
        done = self.run("feeds", "mirror", *options)
        assert done.returncode == 0, done.stderr
        (row,) = json.loads(done.stdout)
        assert row["output"] == "static"
        return row["copied"], row["removed"]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run a scheduler; it is killed in the end."""
        with (self.folder / "log").open("ab") as log:
            command = self.command("scheduler")
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def publish(self, number: int) -> None:
        articles = self.folder / "samples/newsroom/articles"
        text = NEWS.format(number=number)
        (articles / f"tramvay-{number}.md").write_text(text, encoding="utf-8")

    def up(self) -> dict[str, bytes]:
        """Return what is up, by path."""
        store = Store(f"sqlite:///{self.folder / 'var/publisher.db'}")
        try:
            found = store.query(documents_since, 0)
            bodies = {
                row.path: store.query(load_document, row.feed_id, row.format)
                for row in found
            }
        finally:
            store.close()
        return {
            path.removeprefix("/"): found.body
            for path, found in bodies.items()
            if found
        }

    def shown(self, suffix: str = "") -> dict[str, bytes]:
        """Return what the folder shows by path, plain or as the unpacked twins."""
        return {
            file.relative_to(self.static).as_posix().removesuffix(suffix): UNPACKED[
                suffix
            ](file.read_bytes())
            for file in self.static.rglob(f"*{suffix}")
            if file.is_file()
            and not file.name.startswith(".")
            and (suffix or file.suffix not in UNPACKED)
        }

    def is_in_step(self) -> bool:
        """Tell whether the folder shows what is up, in every encoding it has."""
        up = self.up()
        is_so_in_brotli = self.shown(".br").items() <= up.items()
        return is_so_in_brotli and up == self.shown() == self.shown(".gz")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a newsroom that nothing runs for yet."""
    return Desk(tmp_path)


def test_the_command_copies_what_waits_and_with_all_what_is_damaged(
    desk: Desk,
) -> None:
    assert desk.run("articles", "take-in").returncode == 0
    assert desk.run("feeds", "build").returncode == 0

    copied, removed = desk.mirror()

    assert copied == len(desk.up()) > 100
    assert removed == 0
    assert desk.is_in_step()
    assert desk.mirror() == (0, 0)
    (desk.static / "feeds/latest.rss").write_bytes(b"<rss/>")
    assert desk.mirror("--all") == (copied, 0)
    assert desk.is_in_step()


def test_a_rubric_that_moves_takes_its_files_with_it(desk: Desk) -> None:
    desk.run("articles", "take-in")
    desk.run("feeds", "build")
    copied, _ = desk.mirror()
    moving = [path for path in desk.shown() if re.match(r"feeds/sport[./]", path)]
    file = desk.folder / "config.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('slug = "sport"', 'slug = "igry"'), "utf-8")
    desk.run("feeds", "build")

    assert desk.mirror()[1] == len(moving) > 0

    assert len(desk.shown()) == copied
    assert desk.is_in_step()
    assert not (desk.static / "feeds/sport").exists()


def test_the_command_tells_why_it_cannot_copy(desk: Desk) -> None:
    desk.static.parent.mkdir()
    desk.static.write_text("a file")
    desk.run("feeds", "build")

    done = desk.run("feeds", "mirror")

    assert done.returncode == 1
    assert 'publisher: output "static"' in done.stderr
    assert "cannot be written" in done.stderr


def test_the_service_goes_on_without_its_output_and_catches_up(desk: Desk) -> None:
    desk.static.parent.mkdir()
    desk.static.write_text("a file")
    with desk.running():
        within(60, (desk.folder / "var/publisher.db").exists)
        within(60, lambda: "output.failed" in (desk.folder / "log").read_text())
        within(60, lambda: len(desk.up()) > 100)
        desk.static.unlink()
        within(90, desk.is_in_step)


def test_however_often_schedulers_are_killed_the_folder_shows_what_is_up(
    desk: Desk,
) -> None:
    desk.run("articles", "take-in")
    chance = random.Random(11)
    with desk.running():
        for number in range(6):
            with desk.running():
                desk.publish(number)
                time.sleep(chance.uniform(1.5, 3.0))
        desk.publish(99)
        latest = desk.static / "feeds/latest.ru.json"
        within(60, lambda: "рейс 99" in latest.read_text("utf-8"))
        within(60, desk.is_in_step)
    with desk.running():
        time.sleep(chance.uniform(1.0, 2.0))

    desk.mirror()

    assert desk.is_in_step()
    assert not list(desk.static.rglob(".*.part"))


def within(seconds: float, is_true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    give_up_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up_at, "it took too long"
        time.sleep(0.2)
