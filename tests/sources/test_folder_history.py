"""Whatever happens to a folder, looking at it ends with exactly what it holds.

A newsroom writes, rewrites, touches, renames and removes files between looks, and the
service restarts; then two looks, a moment after the last change, know everything.
"""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from typing_extensions import override

from publisher.sources.source import FileGone
from tests.sources.watched import WatchedFolder, a_markdown_file

PATHS = st.sampled_from(["a.md", "b.md", "gorod/a.md", "gorod/b.md"])
TITLES = st.sampled_from(["Мост", "Снег", "Хлеб"])
MOMENT = timedelta(seconds=0.3)


class Newsroom(RuleBasedStateMachine):
    """The folder, what it should hold, and what looking at it has told so far."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.watched = WatchedFolder(Path(self.place.name))
        self.held: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.shown = 0

    @override
    def teardown(self) -> None:
        self.place.cleanup()

    @rule(path=PATHS, title=TITLES)
    def write(self, path: str, title: str) -> None:
        self.watched.clock.move(MOMENT)
        self.watched.write(path, a_markdown_file(title), timedelta(0))
        self.held[path] = title

    @rule(path=PATHS)
    def touch(self, path: str) -> None:
        self.watched.clock.move(MOMENT)
        if path in self.held:
            self.watched.age(path, timedelta(0))

    @rule(path=PATHS, other=PATHS)
    def rename(self, path: str, other: str) -> None:
        if path in self.held and other != path:
            target = self.watched.folder / other
            target.parent.mkdir(exist_ok=True)
            (self.watched.folder / path).rename(target)
            self.held[other] = self.held.pop(path)

    @rule(path=PATHS)
    def remove(self, path: str) -> None:
        if self.held.pop(path, None):
            (self.watched.folder / path).unlink()

    @rule()
    def restart(self) -> None:
        self.watched.restart()

    @rule()
    def look(self) -> None:
        self.watched.clock.move(MOMENT)
        for found in self.watched.look():
            if isinstance(found, FileGone):
                del self.told[found.path]
            else:
                (article,) = found.articles
                assert self.told.get(found.path) != article.title, "shown unchanged"
                self.told[found.path] = article.title

    @rule()
    def rest(self) -> None:
        """After a moment without changes a look tells all there is."""
        self.watched.clock.move(timedelta(seconds=3))
        self.look()
        assert self.told == self.held

    @invariant()
    def nothing_is_told_that_never_was(self) -> None:
        assert set(self.told) <= {"a.md", "b.md", "gorod/a.md", "gorod/b.md"}


Newsroom.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestNewsroom = Newsroom.TestCase
