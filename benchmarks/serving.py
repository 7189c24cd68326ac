"""Feeds over HTTP against nginx serving the same bytes from files, each on one core.

CPU time of the server per request, from /proc: the rate also depends on what else the
machine does. Needs Linux, nginx and wrk; where one is missing nothing is measured.
"""

import asyncio
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks.feeds import FACTS, NEWEST_AT, TREE, made_up_articles
from benchmarks.measure import Ratio
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.compression import Packer, compress
from publisher.feeds.documents import assemble
from publisher.feeds.fragments import render_fragment
from publisher.feeds.heads import head_of
from publisher.feeds.validators import validators_of
from publisher.model.feed import Feed, FeedFormat
from publisher.model.politeness import Allowance
from publisher.rendering.templates import Renderer
from publisher.store import Store, Transaction, documents, feeds, migrate
from publisher.store.documents import Document
from publisher.store.rubrics import sync_tree
from publisher.web.answers import Answers
from publisher.web.documents import DocumentIndex
from publisher.web.feeds import FeedLayer
from publisher.web.missing_feeds import MissingFeeds
from publisher.web.patience import Patience
from publisher.web.readership import ReadershipCounter
from publisher.web.server import Server, new_event_loop

__all__ = ["run"]

PATH = "/feeds/novosti.ru.rss"
ARTICLES = 10
"""With as many the document has some 19 KB in gzip, as a newspaper's feed of 50 has:
made-up text is packed better than that of people."""
ROUNDS = 5
SECONDS = 1
CONNECTIONS = 32
GOAL = 1 / 0.3
"""At least 0.3 of the requests that nginx answers in the same CPU time."""

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 100000000;
    types {{ application/rss+xml rss; }}
    client_body_temp_path {folder}/a;
    proxy_temp_path {folder}/b;
    fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d;
    scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        gzip_static on;
        open_file_cache max=100;
        add_header Cache-Control "public, max-age=300";
        add_header Access-Control-Allow-Origin *;
    }}
}}
"""


def a_document() -> bytes:
    """Return a feed of made-up articles, about as large as one of a newspaper."""
    addresses = FeedAddresses(FACTS.base_url, TREE, FACTS.languages)
    feed = Feed(id=1, rubric_key="novosti", language="ru")
    head = head_of(feed, addresses, FACTS, NEWEST_AT)
    fragments = [
        render_fragment(article, FeedFormat.RSS, TREE, FACTS)
        for article in made_up_articles(ARTICLES)
    ]
    return assemble(head, FeedFormat.RSS, fragments)


def publish(store: Store, body: bytes) -> FeedAddresses:
    """Put one document up in an empty store; return the addresses."""

    def work(tx: Transaction) -> FeedAddresses:
        tree, changed = sync_tree(tx, TREE, NEWEST_AT)
        feeds.sync_feeds(tx, tree, FACTS.languages, changed, NEWEST_AT)
        return FeedAddresses(FACTS.base_url, tree, FACTS.languages)

    addresses = store.transact(work)
    for feed_id in store.query(feeds.waiting_feeds, 1000):
        job = store.query(feeds.next_job, feed_id)
        if job.feed.key == "novosti.ru":
            valid = validators_of(body, NEWEST_AT)
            made = Document(
                feed_id=feed_id,
                format=FeedFormat.RSS,
                path=PATH,
                etag=valid.digest,
                last_modified=valid.modified_at,
                body=body,
                gzip_body=compress(body),
            )
            assert store.transact(documents.publish, job, [made], NEWEST_AT)
    Packer(store).pack_waiting()
    return addresses


async def serve(folder: Path, port: int) -> None:
    """Serve the document as the service does, until ended."""
    url = f"sqlite:///{folder}/publisher.db"
    migrate(url)
    store = Store(url)
    addresses = publish(store, a_document())
    index = DocumentIndex(store)
    index.refresh()

    async def nothing(*_: object) -> None:
        return

    layer = FeedLayer(
        nothing,
        index=index,
        answers=Answers(addresses, FACTS, timedelta(minutes=5)),
        missing=MissingFeeds(store, addresses, Renderer(), lambda _: False),
        patience=Patience(Allowance(10**9, timedelta(seconds=1))),
        readership=ReadershipCounter(store, lambda: date(2026, 1, 1), keep_days=1),
    )
    server = Server(layer, host="127.0.0.1", port=port, recall=layer.at_once)
    await server.start()
    await asyncio.Event().wait()


@dataclass
class Web:
    """A server under measurement, and the CPU time it has taken."""

    pid: int
    port: int

    def ask(self, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Ask once, as wrk will."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request(
            "GET", PATH, headers={n.replace("_", "-"): v for n, v in headers.items()}
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
        connection.close()
        return answer.status, found, body

    def cpu_us(self) -> float:
        """Return the CPU time of the process and its children so far."""
        ticks = 0
        listing = subprocess.run(  # noqa: S603 (our own words)
            ["ps", "-o", "pid=", "--ppid", str(self.pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        for pid in [str(self.pid), *listing.stdout.split()]:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return 1e6 * ticks / os.sysconf("SC_CLK_TCK")

    def us_per_request(self, *headers: str) -> float:
        """Let wrk ask for a second; return the CPU time per answer."""
        before = self.cpu_us()
        told = subprocess.run(  # noqa: S603 (our own words)
            [
                *_pinned(0),
                *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"),
                *(part for header in headers for part in ("-H", header)),
                f"http://127.0.0.1:{self.port}{PATH}",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"(\d+) requests in", told)
        assert found is not None, told
        assert "Socket errors" not in told, told
        return (self.cpu_us() - before) / int(found[1])


def _pinned(core: int) -> list[str]:
    return ["taskset", "-c", str(core)] if shutil.which("taskset") else []


@contextmanager
def running(command: list[str], port: int) -> Iterator[Web]:
    """Run a server on the second core while the context lasts."""
    process = subprocess.Popen([*_pinned(1), *command])  # noqa: S603
    web = Web(process.pid, port)
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                web.ask()
                break
            except OSError:
                assert process.poll() is None, command
        yield web
    finally:
        process.terminate()
        process.wait()


def run() -> list[Ratio]:
    """Measure 304 and compressed 200, ours against nginx, in turns."""
    missing = [name for name in ("nginx", "wrk", "ps") if not shutil.which(name)]
    if missing or (os.cpu_count() or 1) < 2 or not Path("/proc/self/stat").exists():
        why = f"no {', '.join(missing)}" if missing else "needs Linux and two cores"
        sys.stderr.write(f"serving is not measured: {why}\n")
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = a_document()
        file = folder / "www" / PATH.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_bytes(body)
        file.with_name(f"{file.name}.gz").write_bytes(compress(body))
        folder.chmod(0o755)
        conf = folder / "nginx.conf"
        conf.write_text(NGINX.format(folder=folder, port=8931))
        own = [sys.executable, "-m", "benchmarks.serving", name, "8932"]
        with (
            running(["nginx", "-c", str(conf)], 8931) as nginx,
            running(own, 8932) as ours,
        ):
            return _measured(nginx, ours, body)


def _measured(nginx: Web, ours: Web, body: bytes) -> list[Ratio]:
    accept = {"Accept_Encoding": "gzip"}
    headers: dict[int, dict[str, list[str]]] = {}
    for web in (nginx, ours):
        status, told, packed = web.ask(**accept)
        assert (status, told["content-encoding"]) == (200, "gzip")
        assert gzip.decompress(packed) == body
        assert web.ask(**accept, If_None_Match=told["etag"])[0] == 304
        gzip_only = ["Accept-Encoding: gzip"]
        headers[web.port] = {
            "304": [*gzip_only, f"If-None-Match: {told['etag']}"],
            "200 gzip": gzip_only,
        }
    found: dict[str, tuple[list[float], list[float]]] = {
        "304": ([], []),
        "200 gzip": ([], []),
    }
    for _ in range(ROUNDS):
        for name, (own_us, nginx_us) in found.items():
            own_us.append(ours.us_per_request(*headers[ours.port][name]))
            nginx_us.append(nginx.us_per_request(*headers[nginx.port][name]))
    return [
        Ratio(f"{name} of a feed", "nginx, static", median(own), median(ref), GOAL)
        for name, (own, ref) in found.items()
    ]


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
