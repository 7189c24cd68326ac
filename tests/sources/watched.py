"""A watched folder for tests: write files of any age, look, remember the readings."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.clock import SteppedClock
from publisher.model.article import IncomingArticle
from publisher.sources.folder import FolderSource
from publisher.sources.source import FileGone, FileReading, Refusal, SourceDefaults

__all__ = ["DEFAULTS", "NOW", "WatchedFolder", "a_markdown_file", "read_file"]

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DEFAULTS = SourceDefaults(
    site_url="https://vestnik.example",
    zone=ZoneInfo("Asia/Almaty"),
    language="ru",
    pictures_url="https://pic.vestnik.example/news",
)
LONG_AGO = timedelta(hours=1)


class WatchedFolder:
    """A folder, its source, and the fingerprints of what was taken in so far."""

    def __init__(self, folder: Path, defaults: SourceDefaults = DEFAULTS) -> None:
        self.folder = folder
        self.clock = SteppedClock(NOW)
        self.known: dict[str, str] = {}
        self._defaults = defaults
        self.restart()

    def restart(self) -> None:
        """Begin with a new source that remembers nothing but what is known."""
        self.source = FolderSource(
            "test", self.folder, defaults=self._defaults, clock=self.clock
        )

    def write(self, path: str, content: str | bytes, age: timedelta = LONG_AGO) -> Path:
        """Write a file as if it had been written `age` ago."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        file.write_bytes(data)
        self.age(path, age)
        return file

    def age(self, path: str, age: timedelta) -> None:
        """Make a file as old as if it had been written `age` ago."""
        written = int((self.clock.now() - age).timestamp() * 10**9)
        os.utime(self.folder / path, ns=(written, written))

    def look(self) -> list[FileReading | FileGone]:
        """Look once, and remember the fingerprints as the intake does."""
        found = list(self.source.scan(self.known))
        for change in found:
            if isinstance(change, FileGone):
                del self.known[change.path]
            else:
                self.known[change.path] = change.fingerprint
        return found

    def readings(self) -> list[FileReading]:
        """Look once and return the readings."""
        return [found for found in self.look() if isinstance(found, FileReading)]

    def articles(self) -> list[IncomingArticle]:
        """Look once and return the articles read."""
        return [article for found in self.readings() for article in found.articles]

    def refusals(self) -> list[Refusal]:
        """Look once and return what was refused."""
        return [refusal for found in self.readings() for refusal in found.refusals]


def read_file(
    folder: Path, name: str, content: str | bytes
) -> list[IncomingArticle | Refusal]:
    """Return what a file with this content holds: articles, then refusals."""
    watched = WatchedFolder(folder)
    watched.write(name, content)
    (reading,) = watched.readings()
    return [*reading.articles, *reading.refusals]


def a_markdown_file(title: str = "Мост открыт", body: str = "Да.", **more: str) -> str:
    """Return a small Markdown file; further names go into its front matter."""
    lines = [f"title: {title}", "published: 2026-03-02T09:00:00+05:00"]
    lines += [f"{name}: {value}" for name, value in more.items()]
    return "\n".join(["---", *lines, "---", body, ""])
