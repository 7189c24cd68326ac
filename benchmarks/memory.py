"""What a planner and a worker take of memory, whatever the number of readers.

`python -m benchmarks.memory 10000 100000 1000000` measures so many; `run` the first
two. A process of its own plans an edition for all of them, and sends a few thousand of
the messages; its peak is what the system says. Readers choose rubrics and are at
different places, so that there are many segments; the store is SQLite.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import (
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.sql.expression import ColumnElement

from benchmarks.measure import Ratio
from publisher.config import load_config
from publisher.service import open_service
from publisher.store import Store, Transaction
from publisher.store.schema.editions import (
    attempt,
    chunk,
    delivery,
    edition,
    segment,
    segment_article,
)
from publisher.store.schema.readers import subscriber, subscription, timetable
from tests.torture.newsroom import plan_edition, write_config

__all__ = ["run"]

COUNTS = (10_000, 100_000)
LIMIT_MB = 250
MOST_GROWTH = 1.1
SENT = 4_000
NUMBERS = """
INSERT INTO number
WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers
WHERE n < :count) SELECT n FROM numbers
"""
CURSORS = 20
"""So many places where readers may be, and so many segments."""


def run() -> list[Ratio]:
    """Measure two numbers of readers; the second may take hardly more."""
    return measure(COUNTS)


def measure(counts: tuple[int, ...]) -> list[Ratio]:
    """Return MB beside the limit, and beside those with the fewest readers."""
    peaks = {count: _peak_mb(count) for count in counts}
    first = peaks[counts[0]]
    ratios = [
        Ratio(f"peak with {count:,} readers, MB", "limit", peak, LIMIT_MB, 1.0)
        for count, peak in peaks.items()
    ]
    return ratios + [
        Ratio(f"with {count:,} readers, MB", "fewest", peak, first, MOST_GROWTH)
        for count, peak in list(peaks.items())[1:]
    ]


def _peak_mb(count: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        url = f"sqlite:///{folder / 'publisher.db'}"
        file = write_config(folder, url, str(folder / "nobody.sock"), connections=8)
        settings = file.read_text("utf-8").replace('"smtp"', '"maildir"', 1)
        quiet = '\n[logging]\nlevel = "warning"\n'
        file.write_text(settings + quiet, "utf-8")
        plan_edition(file, 1, articles=9, letters=260)
        store = Store(url)
        try:
            store.transact(_multiply, count)
        finally:
            store.close()
        command = [sys.executable, "-m", "benchmarks.memory", "--in", str(file)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        planned, seconds, peak, due = told.stdout.split()
    assert int(due) == count, "not everybody got a delivery"
    print(
        f"memory: {count:,} readers, {planned} MB once planned in {seconds} s,"
        f" {peak} MB in all",
        file=sys.stderr,
    )
    return float(peak)


def _multiply(tx: Transaction, count: int) -> None:
    """Make so many readers, and forget the edition that was planned for one."""
    for table in (attempt, delivery, chunk, segment_article, segment, edition):
        tx.execute(delete(table))
    tx.execute(update(timetable).values(reached=0))
    tx.execute(update(subscription).values(cursor=0))
    tx.execute(text("CREATE TEMP TABLE number (n INTEGER PRIMARY KEY)"))
    tx.execute(text(NUMBERS), {"count": count})
    n: ColumnElement[int] = literal_column("number.n")

    def copy(table: Table, **own: ColumnElement[object]) -> None:
        values = [own.get(c.name, c).label(c.name) for c in table.c]
        chosen = select(*values).select_from(table, text("number"))
        chosen = chosen.where(table.c.id == 1)
        tx.execute(insert(table).from_select([c.name for c in table.c], chosen))

    name = func.printf("r%d@reader.example", n)
    copy(subscriber, id=n, email=name, address_key=name)
    # Beyond what was listed: they are at different places, and nothing was new there.
    copy(subscription, id=n, subscriber_id=n, cursor=-(n % CURSORS))


def plan_and_send(file: Path) -> None:
    """Plan, send some, and tell what that took."""
    service = open_service(load_config(file, {}), file.parent)
    try:
        begun = time.perf_counter()
        service.planner.sweep()
        seconds = time.perf_counter() - begun
        planned = _peak()
        asyncio.run(_send(service.sender()))
        due = service.store.query(_count)
        print(f"{planned:.0f} {seconds:.1f} {_peak():.0f} {due}")
    finally:
        service.close()


async def _send(sender: object) -> None:
    sending = asyncio.create_task(sender.send_ready())  # type: ignore[attr-defined]
    while not sending.done():
        await asyncio.sleep(0.2)
        run = sender.outlet.store.query(_count_sent)  # type: ignore[attr-defined]
        if run >= SENT:
            sender.stop()  # type: ignore[attr-defined]
    await sending
    await sender.close()  # type: ignore[attr-defined]


def _count(tx: Transaction) -> int:
    return int(tx.execute(select(func.count()).select_from(delivery)).scalar_one())


def _count_sent(tx: Transaction) -> int:
    sent = select(func.count()).where(delivery.c.state == "sent")
    return int(tx.execute(sent).scalar_one())


def _peak() -> float:
    """Return the most this program has had, in MB.

    What getrusage(2) tells is also of whoever started it.
    """
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert told is not None
    return int(told[1]) / 1024


if __name__ == "__main__":
    if sys.argv[1] == "--in":
        plan_and_send(Path(sys.argv[2]))
    else:
        for ratio in measure(tuple(map(int, sys.argv[1:]))):
            print(f"{ratio.name}: {ratio.subject_us:.0f} ({ratio.value:.2f})")
