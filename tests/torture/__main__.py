"""Kill workers in earnest: `make torture`, perhaps with KILLS=50 DATABASE=sqlite.

KILLS, READERS, CONNECTIONS and SEED are numbers; WORKERS and DATABASE are lists, and
every combination is run. The exit code is 1 when a law was broken.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from publisher.model.delivery import DeliveryState
from tests.store.databases import start_postgres
from tests.torture.killing import Report, Settings, torture

HEAD = (
    "| database | workers | kills | readers | sent | tried again | in doubt"
    " | of them arrived | most allowed | broken laws |"
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
        report.kills,
        settings.readers,
        report.count(DeliveryState.SENT),
        report.retried,
        report.count(DeliveryState.HELD),
        report.arrived_in_doubt,
        settings.connections * report.kills,
        ", ".join(report.faults) or "none",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> int:
    """Run all combinations, and print a table."""

    def number(name: str, default: int) -> int:
        return int(os.environ.get(name) or default)

    broken = 0
    print(HEAD, "|---|" + "---:|" * 8 + "---|", sep="\n", flush=True)  # noqa: T201
    for name in (os.environ.get("DATABASE") or "sqlite postgres").split():
        for workers in (os.environ.get("WORKERS") or "1 3").split():
            settings = Settings(
                kills=number("KILLS", 200),
                readers=number("READERS", 10_000),
                connections=number("CONNECTIONS", 50),
                workers=int(workers),
                seed=number("SEED", 1),
            )
            with database(name) as url:
                report = torture(settings, url)
            broken += bool(report.faults)
            print(row(name, report), f"<!-- {report.seconds:.0f} s -->", flush=True)  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
