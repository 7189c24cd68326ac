"""What every command needs: the configuration, an open service, a way to answer."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap

from rich.console import Console
from rich.table import Table

from publisher.cli.logs import set_up_logging
from publisher.config import Config, load_config
from publisher.service import Service, open_service

__all__ = ["Answer", "configured", "opened"]


class Answer:
    """Prints results: tables for people, JSON for machines; log lines go to stderr."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._console = Console(highlight=False)

    def say(self, text: str) -> None:
        """Print a sentence for people; machines do not get it."""
        if not self.as_json:
            self._console.print(text, markup=False)

    def copyable(self, line: str) -> None:
        """Print a line for people as it is, however long, to be copied whole."""
        if not self.as_json:
            self._console.print(line, markup=False, soft_wrap=True)

    def rows(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str
    ) -> None:
        """Print a table, or `empty` when there is nothing to show."""
        if self.as_json:
            found = [dict(zip(columns, row, strict=True)) for row in rows]
            text = json.dumps(found, ensure_ascii=False, indent=2, default=str)
            self._console.print(text, markup=False, soft_wrap=True)
        elif not rows:
            self.say(empty)
        else:
            texts = [[str(value) for value in row] for row in rows]
            if _width(columns, texts) > self._console.width:
                self._stack(columns, texts)
                return
            table = Table(box=None, pad_edge=False, header_style="bold")
            for column in columns:
                table.add_column(column.replace("_", " "), overflow="fold")
            for cells in texts:
                table.add_row(*cells)
            self._console.print(table)

    def _stack(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows one below the other: nothing is cut, everything can be copied."""
        widest = max(len(column) for column in columns) + 2
        for number, row in enumerate(rows):
            if number:
                self.say("")
            for column, value in zip(columns, row, strict=True):
                name = column.replace("_", " ").ljust(widest)
                words = " " in value
                lines = wrap(value, self._console.width - widest) if words else [value]
                for line in lines if value else []:
                    self._console.print(f"{name}{line}", markup=False, soft_wrap=True)
                    name = " " * widest


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return how wide a table would be that breaks nothing."""
    return sum(
        max(len(text) for text in (column, *(row[index] for row in rows))) + 2
        for index, column in enumerate(columns)
    )


def configured(file: Path) -> Config:
    """Return the configuration and start logging as it says; raises ConfigError."""
    config = load_config(file)
    set_up_logging(config.logging.level, as_json=config.logging.format == "json")
    return config


@contextmanager
def opened(file: Path, *, settles: bool = False) -> Iterator[Service]:
    """Open the service that a configuration file describes, and close it after use.

    With `settles` the store is made or migrated and gets the file's rubrics; a question
    changes nothing.
    """
    config = configured(file)
    service = open_service(config, file.resolve().parent, settles=settles)
    try:
        yield service
    finally:
        service.close()
