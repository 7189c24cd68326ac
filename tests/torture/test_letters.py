"""Workers die while they send letters: none is lost, and none sent twice (law 10).

The relay's log, which shows all that it took, ends the doubts that they leave.
"""

import hashlib
import random
import signal
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.digests.doubts import Resolved
from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction, letters, migrate
from publisher.store.letters import NewLetter
from publisher.store.schema.letters import letter
from tests.books import discrepancies
from tests.store.databases import PostgresServer
from tests.torture.inheritance import LONG_AGO
from tests.torture.newsroom import write_config
from tests.torture.processes import kill, nursery, sink
from tests.torture.resolving import ask_the_log, begin_log

pytestmark = pytest.mark.slow

LETTERS, KILLS, WORKERS = 300, 6, 2
AT_ONCE = 50
"""Letters that a worker has under way at most, as many as may be in doubt."""
LONGEST = 240.0
"""In seconds: after so long something hangs."""
DAY = timedelta(days=1)


def test_workers_that_are_killed_lose_no_letter_and_double_none() -> None:
    torment("")


@pytest.mark.postgres
def test_workers_that_are_killed_lose_no_letter_on_postgresql(
    postgres: PostgresServer,
) -> None:
    with postgres.database(is_migrated=True) as url:
        torment(url)


def torment(url: str) -> None:
    """Kill workers until all letters are settled, then compare both sides' records."""
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        folder = Path(place)
        url = url or f"sqlite:///{folder / 'publisher.db'}"
        host, log = str(folder / "sink.sock"), folder / "mail.log"
        file = write_config(folder, url, host, connections=10, log=str(log))
        begin_log(log)
        migrate(url)
        store = Store(url)
        try:
            store.transact(post_letters)
            kills, ended = send_and_kill(store, folder, file)
            assert kills == KILLS
            # With each kill the leases of all workers ended.
            assert 0 < len(ended) <= AT_ONCE * kills * WORKERS
            judge(store, (folder / "record").read_text("ascii"))
        finally:
            store.close()


def send_and_kill(store: Store, folder: Path, file: Path) -> tuple[int, list[Resolved]]:
    """Let workers send while some are killed; return how many were, and the doubts."""
    chance = random.Random(1)
    kills, ends_at = 0, time.monotonic() + LONGEST
    ended: list[Resolved] = []
    with sink(folder), nursery(folder, file) as start:
        workers = [start() for _ in range(WORKERS)]
        while unsettled(store) or ask_and_keep(ended, file, folder):
            assert time.monotonic() < ends_at, (folder / "log").read_text()[-3000:]
            time.sleep(chance.uniform(0.2, 0.6))
            if kills < KILLS and taken(folder) > kills * LETTERS // KILLS // 2:
                victim = chance.randrange(WORKERS)
                kill(workers[victim], signal.SIGKILL)
                kills += 1
                store.transact(let_leases_end)
                workers[victim] = start()
            store.transact(let_time_pass)
        for worker in workers:
            kill(worker, signal.SIGTERM)
    return kills, ended


def ask_and_keep(ended: list[Resolved], file: Path, folder: Path) -> bool:
    """Let the relay's log end doubts; return whether it did."""
    found = ask_the_log(file, folder / "mail.log")
    ended += found
    return bool(found)


def judge(store: Store, record: str) -> None:
    """Compare what the relay has taken with what the store says."""
    accepted: Counter[str] = Counter()
    contents: dict[str, set[str]] = {}
    for line in record.splitlines():
        word, digest, reader = line.split()
        accepted[reader] += word == "accepted"
        contents.setdefault(reader, set()).add(digest)
    rows = store.query(letters.list_letters, 10_000)

    assert len(rows) == LETTERS
    assert {row.state for row in rows} == {DeliveryState.SENT}
    assert [row.email for row in rows if not accepted[row.email]] == []
    assert [reader for reader, times in accepted.items() if times > 1] == []
    assert [reader for reader, found in contents.items() if len(found) > 1] == []
    assert discrepancies(store) == []


def post_letters(tx: Transaction) -> None:
    now = datetime.now(UTC)  # noqa: TID251 (as the workers do)
    for number in range(LETTERS):
        name = hashlib.sha256(str(number).encode()).hexdigest()[:8]
        new = NewLetter(
            once=f"preferences-{number}",
            kind="preferences",
            email=f"{name}@reader.example",
            language="ru",
            facts={"subscriber": number + 1},
            expires_at=now + DAY,
        )
        letters.post(tx, new, now)


def unsettled(store: Store) -> bool:
    """Return whether a letter waits or is begun."""
    _, by_state = store.query(letters.account)
    return bool(by_state.keys() & {DeliveryState.WAITING, DeliveryState.BEGUN})


def taken(folder: Path) -> int:
    """Return how many lines the relay's record has."""
    return (folder / "record").read_bytes().count(b"\n")


def let_leases_end(tx: Transaction) -> None:
    """Let every lease run out, also those of workers that live."""
    is_leased = letter.c.leased_until.is_not(None)
    tx.execute(update(letter).where(is_leased).values(leased_until=LONG_AGO))


def let_time_pass(tx: Transaction) -> None:
    """Let every wait of a letter that nobody has be over."""
    is_waiting = letter.c.leased_until.is_(None) & letter.c.ready_at.is_not(None)
    tx.execute(update(letter).where(is_waiting).values(ready_at=LONG_AGO))
