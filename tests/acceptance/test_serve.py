"""The command an operator runs: what it serves, sends, survives and leaves behind."""

import asyncio
import json
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mail.latency_sink import LatencySink, Talk

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow

NEWS = """---
language: ru
title: Трамвай вернётся на Степной проспект
lead: Рельсы уже привезли.
rubrics: [transport]
authors: [Соб. инф.]
---
Первый вагон пойдёт весной.
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Desk:
    """A copy of the embedded default in a folder of its own, on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        shutil.copytree(ROOT / "samples", folder / "samples")
        text = (ROOT / "config.toml").read_text("utf-8")
        text = text.replace(":8000", f":{self.port}")
        text = text.replace("port = 8000", f"port = {self.port}")
        (folder / "config.toml").write_text(text, encoding="utf-8")

    @property
    def articles(self) -> Path:
        return self.folder / "samples/newsroom/articles"

    def command(self, *words: str) -> list[str]:
        file = self.folder / "config.toml"
        return [sys.executable, "-m", "publisher", "-c", str(file), *words]

    def ask(self, *words: str) -> list[dict[str, object]]:
        """Run a command to its end and return its JSON answer."""
        done = subprocess.run(
            self.command("--json", *words),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        answer: list[dict[str, object]] = json.loads(done.stdout)
        return answer

    @contextmanager
    def running(
        self, *words: str, has_reader: bool = False
    ) -> Iterator[subprocess.Popen[str]]:
        """Run a command; with a reader, what it says can be read from the process."""
        log = (self.folder / "log").open("a", encoding="utf-8")
        said = subprocess.PIPE if has_reader else log
        process = subprocess.Popen(
            self.command(*words), cwd=ROOT, stdout=said, stderr=log, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            log.close()

    def sends_to(self, port: int) -> None:
        """Hand messages to a relay instead of writing them into a folder."""
        file = self.folder / "config.toml"
        text = file.read_text("utf-8")
        text = text.replace('transport = "maildir"', 'transport = "smtp"')
        file.write_text(text.replace("port = 25\n", f"port = {port}\n"), "utf-8")

    def get(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode("utf-8")
            return text

    def has(self, path: str, text: str) -> bool:
        with suppress(OSError):
            return text in self.get(path)
        return False

    def mails(self) -> int:
        with suppress(OSError):
            listed = self.get("/outbox")
            return len(set(re.findall(r'href="[^"]*/outbox/([^"/]+)"', listed)))
        return 0


@dataclass
class SlowRelay(LatencySink):
    """A relay with a port of this machine."""

    port: int = 0


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def within(seconds: float, is_true: Callable[[], bool]) -> float:
    """Wait until something is true; return how long it took."""
    started = time.monotonic()
    while not is_true():
        assert time.monotonic() - started < seconds, "it took too long"
        time.sleep(0.1)
    return time.monotonic() - started


def stopped(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=20)


def test_a_first_digest_arrives_and_a_dropped_article_is_served_within_seconds(
    desk: Desk,
) -> None:
    with desk.running("serve", "--demo") as process:
        within(120, lambda: desk.has("/feeds/latest.rss", "<item>"))
        within(60, lambda: desk.mails() >= 3)
        before = desk.mails()

        (desk.articles / "new-bridge.md").write_text(NEWS, encoding="utf-8")
        took = within(
            15,
            lambda: desk.has(
                "/feeds/novosti/ekonomika/transport.ru.json", "Трамвай вернётся"
            ),
        )
        print(f"a dropped article was served after {took:.1f} s")  # noqa: T201
        assert desk.has("/feeds/latest.atom", "Трамвай вернётся")
        within(90, lambda: desk.mails() > before)

        assert stopped(process) == 0
    with desk.running("serve", "--demo") as process:
        within(120, lambda: desk.has("/readyz", ""))
        time.sleep(3)
        assert desk.mails() == before + 1
        assert stopped(process) == 0


def test_two_schedulers_and_two_workers_do_nothing_twice(desk: Desk) -> None:
    desk.ask("articles", "take-in")
    add_readers(desk, 40)
    with (
        desk.running("scheduler"),
        desk.running("scheduler"),
        desk.running("worker"),
        desk.running("worker"),
    ):
        within(60, lambda: sent(desk) == 40)
        time.sleep(3)

    (edition,) = desk.ask("editions")
    assert edition["due"] == edition["sent"] == 40
    assert attempts(desk) == 40


def test_whatever_is_killed_nothing_is_lost_and_doubts_are_few(desk: Desk) -> None:
    desk.ask("articles", "take-in")
    add_readers(desk, 120)
    chance = random.Random(7)
    kills = 0
    with desk.running("scheduler"):
        within(60, lambda: len(desk.ask("editions")) == 1)
        for _ in range(6):
            with desk.running("worker") as process:
                time.sleep(chance.uniform(1.0, 2.2))
                process.kill()
                kills += 1
        release_leases(desk)
        with desk.running("worker"):
            within(60, lambda: desk.ask("editions")[0]["waiting"] == 0)

    (edition,) = desk.ask("editions")
    doubts = desk.ask("doubt", "list", "--limit", "1000")
    assert edition["due"] == 120
    assert int(str(edition["sent"])) + len(doubts) == 120
    assert len(doubts) <= 4 * kills
    new = desk.folder / "var/outbox/new"
    assert len(list(new.iterdir())) >= int(str(edition["sent"]))


def test_what_is_under_way_is_finished_though_nobody_reads_along_any_more(
    desk: Desk,
) -> None:
    """As with `serve | tee log` and Ctrl-C, which ends `tee` first."""
    desk.ask("articles", "take-in")
    add_readers(desk, 1)
    with a_slow_relay() as relay:
        desk.sends_to(relay.port)
        with desk.running("serve", has_reader=True) as process:
            within(120, lambda: bool(relay.recipients))
            assert process.stdout is not None
            process.stdout.close()
            stopped(process)

    assert sent(desk) == 1
    assert desk.ask("doubt", "list") == []


@contextmanager
def a_slow_relay() -> Iterator["SlowRelay"]:
    """Run a relay that takes its time for every reply."""
    relay, ready, done = SlowRelay("", 1.5), threading.Event(), threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Talk(relay), "127.0.0.1", 0)
        relay.port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.to_thread(done.wait)
        server.close()

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(asyncio.run, run())
        ready.wait(10)
        try:
            yield relay
        finally:
            done.set()
            running.result()


def add_readers(desk: Desk, count: int) -> None:
    """Subscribe readers who are due now, in one process."""
    program = f"""
import sys
from pathlib import Path
from zoneinfo import ZoneInfo
from publisher.audience.choosing import Wish
from publisher.cli.context import opened
with opened(Path(sys.argv[1])) as service:
    now = service.clock.now().astimezone(ZoneInfo("Asia/Almaty"))
    for number in range({count}):
        service.membership.join(
            f"reader{{number}}@reader.example",
            Wish(digest="utro", hour=f"{{now:%H:%M}}"),
            wording="yes", origin="test",
        )
"""
    file = str(desk.folder / "config.toml")
    subprocess.run([sys.executable, "-c", program, file], cwd=ROOT, check=True)


def sent(desk: Desk) -> int:
    return sum(int(str(edition["sent"])) for edition in desk.ask("editions"))


def attempts(desk: Desk) -> int:
    return in_store(desk, "SELECT count(*) FROM attempt")


def release_leases(desk: Desk) -> None:
    """Let the leases of killed workers run out now instead of in minutes."""
    in_store(desk, "UPDATE chunk SET leased_until = '2000-01-01' RETURNING 1")


def in_store(desk: Desk, statement: str) -> int:
    program = """
import sys
from sqlalchemy import text
from publisher.store import Store
store = Store(f"sqlite:///{sys.argv[1]}")
print(store.transact(lambda tx: tx.execute(text(sys.argv[2])).scalar()))
store.close()
"""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            str(desk.folder / "var/publisher.db"),
            statement,
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)
