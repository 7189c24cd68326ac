"""A mirror killed while it writes tears no document; the next one completes the work.

The processes and signals are real, and so is the S3 protocol; only the lease that a
killed process leaves in a bucket is not waited for.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.store import Store
from tests.builders import a_rubric, a_tree
from tests.feeds.outputs.copies import shown
from tests.feeds.outputs.press import Press
from tests.feeds.outputs.storage import Storage, running_storage
from tests.store.databases import copy_of, open_store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
KEYS = [f"r{number}" for number in range(20)]
KILLED_AFTER = (1, 7, 3)
"""So many documents were begun by each process that is killed."""


class Kind(Protocol):
    """A place of one kind of output."""

    arguments: list[str]

    def shown(self) -> dict[str, str]:
        """Return the text of each document; fails when one is torn."""
        ...


class Folder(Kind):
    """A folder, in which a file and its twin may be one state apart."""

    def __init__(self, place: Path) -> None:
        self.arguments = [str(place)]
        self._place = place

    @override
    def shown(self) -> dict[str, str]:
        found = shown(self._place) if self._place.exists() else {}
        return {path: plain or twin for path, (plain, twin) in found.items()}


class Objects(Kind):
    """A bucket."""

    def __init__(self, storage: Storage) -> None:
        self.arguments = [str(storage.port), storage.place.prefix]
        self._storage = storage

    @override
    def shown(self) -> dict[str, str]:
        return self._storage.shown()


@pytest.fixture(params=["folder", "bucket"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kind]:
    """Return each kind of output in turn."""
    if request.param == "folder":
        yield Folder(tmp_path / "static")
        return
    with running_storage() as storage:
        yield Objects(storage.below("killed"))


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Store, str]]:
    """Return a store of its own, and where it is."""
    url = f"sqlite:///{copy_of(sqlite_template, tmp_path)}"
    with open_store(url) as opened:
        yield opened, url


def texts(state: int) -> dict[str, str]:
    """Return what each document says in a state: too much for one write."""
    return {key: f"{key} {state} " * 40_000 for key in KEYS}


def test_however_often_a_mirror_is_killed_documents_are_whole_and_all_arrive(
    store: tuple[Store, str], clock: SteppedClock, kind: Kind
) -> None:
    opened, url = store
    press = Press(opened, clock)
    press.newsroom.plant(a_tree(*(a_rubric(key) for key in KEYS)))
    command = [sys.executable, "-m", "tests.feeds.outputs.killed_mirror", url]
    command += kind.arguments
    whole: dict[str, set[str]] = {key: set() for key in KEYS}
    for state, count in enumerate(KILLED_AFTER):
        for key, text in texts(state).items():
            press.publish(text, key)
            whole[key].add(text)

        kill_after(command, count)

        for path, text in kind.shown().items():
            assert text in whole[path.removeprefix("feeds/").removesuffix(".rss")]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()
    last = texts(len(KILLED_AFTER) - 1)
    assert kind.shown() == {f"feeds/{key}.rss": text for key, text in last.items()}


def kill_after(command: list[str], count: int) -> None:
    """Run a mirror and kill it while it writes its document of that number."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        for _ in range(count):
            assert process.stdout.readline(), "it ended before it was killed"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert process.returncode < 0
