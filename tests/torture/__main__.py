"""Kill workers in earnest: `make torture`, perhaps with KILLS=50 DATABASE=sqlite.

KILLS, READERS, CONNECTIONS and SEED are numbers; WORKERS, DATABASE and EVIDENCE (none,
log) are lists, and every combination is run. The exit code is 1 when a law was broken.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product

from publisher.model.delivery import DeliveryState
from tests.store.databases import start_postgres
from tests.torture.killing import torture
from tests.torture.report import Report, Settings

COLUMNS = (
    "database",
    "workers",
    "evidence",
    "kills",
    "readers",
    "tried again",
    "in doubt",
    "most allowed",
    "most at one kill",
    "found sent",
    "sent again",
    "sent",
    "held",
    "lost",
    "doubled",
    "altered",
    "broken laws",
)


@contextmanager
def database(name: str) -> Iterator[str]:
    """Yield the URL of a database of its own; empty: a new file of SQLite."""
    if name == "sqlite":
        yield ""
        return
    with start_postgres() as server, server.database(is_migrated=True) as url:
        yield url


def row(name: str, report: Report) -> str:
    """Return a report as a line of a table."""
    settings = report.settings
    cells = (
        name,
        settings.workers,
        "log" if settings.has_log else "none",
        report.kills,
        settings.readers,
        report.retried,
        report.doubts,
        report.most,
        max(report.begun, default=0),
        report.resolved[DeliveryState.SENT.value],
        report.resolved[DeliveryState.WAITING.value],
        report.count(DeliveryState.SENT),
        report.count(DeliveryState.HELD),
        len(report.lost),
        len(report.doubled),
        len(report.altered),
        ", ".join(report.faults) or "none",
    )
    return _line(cells)


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> int:
    """Run all combinations, and print a table."""

    def number(name: str, default: int) -> int:
        return int(os.environ.get(name) or default)

    def words(name: str, default: str) -> list[str]:
        return (os.environ.get(name) or default).split()

    broken = 0
    print(_line(COLUMNS), _line(["---"] * len(COLUMNS)), sep="\n", flush=True)  # noqa: T201
    for name, workers, evidence in product(
        words("DATABASE", "sqlite postgres"),
        words("WORKERS", "1 3"),
        words("EVIDENCE", "none log"),
    ):
        settings = Settings(
            kills=number("KILLS", 200),
            readers=number("READERS", 10_000),
            connections=number("CONNECTIONS", 50),
            workers=int(workers),
            has_log=evidence == "log",
            seed=number("SEED", 1),
        )
        with database(name) as url:
            report = torture(settings, url)
        broken += bool(report.faults)
        print(row(name, report), f"<!-- {report.seconds:.0f} s -->", flush=True)  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
