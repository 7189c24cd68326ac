"""The shared articles go in; every feed and a week of digests come out right.

255 real texts in Russian and Kazakh, a real SMTP server, 200 readers in seven zones.
"""

import base64
import json
import re
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher.audience.choosing import Wish
from publisher.clock import SteppedClock
from publisher.model.article import Article
from publisher.model.delivery import DeliveryState
from publisher.model.feed import FORMATS, FeedFormat
from publisher.service import Service
from publisher.store import Transaction, documents, editions
from publisher.store.articles import release_due
from publisher.store.listings import newest_of_rubrics, newest_of_site
from publisher.store.reading import load_articles
from publisher.store.sources import count_articles, list_set_aside
from tests.acceptance.newspaper import (
    expected_articles,
    open_newspaper,
    some_readers,
)
from tests.books import discrepancies
from tests.shared_data import shared_data

pytestmark = pytest.mark.slow

ALMATY = ZoneInfo("Asia/Almaty")
AFTER_ALL = datetime(2025, 4, 29, tzinfo=ALMATY)
MONDAY = datetime(2025, 4, 21, tzinfo=ALMATY)
TICK = timedelta(minutes=30)


class Mailbox:
    """What an SMTP server accepted, with the simulated time of each message."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.messages: list[tuple[str, datetime, bytes]] = []

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Accept everything."""
        content = envelope.content
        assert isinstance(content, bytes)
        (recipient,) = envelope.rcpt_tos
        self.messages.append((recipient, self.clock.now(), content))
        return "250 2.0.0 queued"


@pytest.fixture
def articles() -> Path:
    return shared_data("articles")


@pytest.fixture
def lines(articles: Path) -> list[dict[str, object]]:
    text = (articles / "articles.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def newspaper(articles: Path, tmp_path: Path) -> Iterator[Service]:
    service = open_newspaper(articles, tmp_path, SteppedClock(AFTER_ALL))
    yield service
    wrong = discrepancies(service.store)
    service.close()
    assert wrong == []


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a newspaper that has everything, for tests that change nothing of it."""
    clock = SteppedClock(AFTER_ALL)
    folder = tmp_path_factory.mktemp("filled")
    service = open_newspaper(shared_data("articles"), folder, clock)
    take_all_in(service)
    yield service
    service.close()


def take_all_in(service: Service) -> None:
    ((intake, _),) = service.intakes
    intake.look()
    while service.builder.build_waiting(limit=1000):
        pass


def shown(service: Service, key: str, language: str) -> list[Article]:
    """Return the articles that a feed must show, straight from the store."""
    tree, limit = service.tree, service.builder.window.limit
    if key:
        ids = [rubric.id for rubric in tree.subtree(key)]
        listed = service.store.query(newest_of_rubrics, ids, language, limit)
    else:
        listed = service.store.query(newest_of_site, language, limit)
    count = service.builder.window.count([at for at, _ in listed])
    wanted = [article_id for _, article_id in listed[:count]]
    return list(service.store.query(load_articles, wanted, tree).values())


def test_all_articles_are_taken_in_and_none_is_set_aside(
    filled: Service, lines: list[dict[str, object]]
) -> None:
    assert filled.store.query(count_articles) == {"public": len(lines)}
    assert filled.store.query(list_set_aside, 10) == []


def test_looking_again_changes_nothing(filled: Service) -> None:
    before = filled.store.query(documents.documents_since, 0)
    ((intake, _),) = filled.intakes

    report = intake.look()
    filled.builder.build_waiting(limit=1000)

    assert (report.new, report.changed) == (0, 0)
    assert filled.store.query(documents.documents_since, 0) == before


def test_every_feed_reads_back_field_by_field(filled: Service) -> None:
    index = {row.path: row for row in filled.store.query(_all_documents)}

    count = 0
    for key in ("", *(rubric.key for rubric in filled.tree)):
        for language in ("", "ru", "kk"):
            wanted = shown(filled, key, language)
            for form in FORMATS:
                path = filled.addresses.path(key, language, form)
                loaded = filled.store.query(
                    documents.load_document, index[path].feed_id, form
                )
                assert loaded is not None
                check_document(form, loaded.body, wanted)
                count += 1
    assert count == 17 * 3 * 3


def _all_documents(tx: Transaction) -> list[documents.Document]:
    return documents.documents_since(tx, 0)


def check_document(form: FeedFormat, body: bytes, wanted: list[Article]) -> None:
    """Compare a document, as a reader understands it, with the articles it shows."""
    if form is FeedFormat.JSON:
        items = json.loads(body)["items"]
        assert [item["id"] for item in items] == [article.uid for article in wanted]
        for item, article in zip(items, wanted, strict=True):
            assert item["title"] == article.title
            assert item["url"] == article.url
            assert item["language"] == article.language
            assert item["summary"] == article.lead
            assert article.body_html in item["content_html"]
            assert [a["name"] for a in item["authors"]] == names(article)
            assert moment(item["date_published"]) == article.published_at
            assert moment(item["date_modified"]) == article.updated_at
            assert set(article.tags) <= set(item["tags"])
        return
    feed = feedparser.parse(body)
    assert not feed.bozo, feed.bozo_exception
    assert [entry.id for entry in feed.entries] == [article.uid for article in wanted]
    for entry, article in zip(feed.entries, wanted, strict=True):
        assert entry.title == article.title
        assert entry.link == article.url
        assert [author["name"] for author in entry.authors] == names(article)
        assert utc(entry.published_parsed) == whole(article.published_at)
        if article.picture is not None:
            (enclosure,) = entry.enclosures
            assert enclosure.href == article.picture.url


def names(article: Article) -> list[str]:
    return [byline.name for byline in article.bylines]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(parsed: object) -> tuple[int, ...]:
    return tuple(parsed)[:6]  # type: ignore[arg-type]


def whole(at: datetime) -> tuple[int, ...]:
    return at.timetuple()[:6]


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(MONDAY)


@pytest.fixture
def mailbox(clock: SteppedClock) -> Mailbox:
    return Mailbox(clock)


@pytest.fixture
def relay(mailbox: Mailbox) -> Iterator[int]:
    """Return the port of a real SMTP server that accepts everything."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


@pytest.fixture
def weekly(
    articles: Path, tmp_path: Path, clock: SteppedClock, relay: int
) -> Iterator[Service]:
    service = open_newspaper(articles, tmp_path, clock, relay)
    take_all_in(service)
    yield service
    wrong = discrepancies(service.store)
    service.close()
    assert wrong == []


async def live_through(service: Service, clock: SteppedClock, until: datetime) -> None:
    """Let a service do its work until a moment, tick by tick."""
    sender = service.sender()
    while clock.now() < until:
        now = clock.move(TICK)
        service.store.transact(release_due, service.tree, now, 1000)
        service.planner.sweep()
        await sender.send_ready()
    await sender.close()


async def test_a_week_of_daily_digests_reaches_200_readers_exactly_once(
    articles: Path,
    lines: list[dict[str, object]],
    weekly: Service,
    clock: SteppedClock,
    mailbox: Mailbox,
) -> None:
    readers = some_readers(200, [rubric.key for rubric in weekly.tree])
    for reader in readers:
        wish = Wish(
            digest="daily",
            rubrics=reader.rubrics,
            zone=reader.zone,
            hour=str(reader.hour),
            language=reader.language,
        )
        weekly.membership.join(reader.email, wish, wording="Да", origin="test")

    until = MONDAY + timedelta(days=7)
    await live_through(weekly, clock, until)

    parents = {
        node["slug"]: node["parent"]
        for node in json.loads((articles / "rubrics.json").read_text("utf-8"))
    }
    received = received_articles(mailbox, {str(line["url"]) for line in lines})
    for reader in readers:
        wanted = expected_articles(
            reader, lines, parents, joined_at=MONDAY, until=until
        )
        assert received.get(reader.email, Counter()) == Counter(wanted), reader
        for address, at, _ in mailbox.messages:
            if address == reader.email:
                assert at.astimezone(ZoneInfo(reader.zone)).hour == reader.hour
    check_accounts(weekly, len(mailbox.messages))
    assert len(mailbox.messages) > 200


def check_accounts(service: Service, messages: int) -> None:
    """Check that every due reader of every edition is accounted for (law 12)."""
    accounts = [
        service.store.query(editions.account, row.id)
        for row in service.store.query(editions.list_editions, 10_000)
    ]
    assert sum(account.error for account in accounts) == 0
    assert sum(account.waiting for account in accounts) == 0
    sent = sum(a.by_state.get(DeliveryState.SENT, 0) for a in accounts)
    assert sent == messages


def received_articles(mailbox: Mailbox, urls: set[str]) -> dict[str, Counter[str]]:
    """Return how often each reader was sent each article, outside the strip.

    The strip shows headlines from outside the reader's rubrics and never counts.
    """
    found: dict[str, Counter[str]] = {}
    for address, _, content in mailbox.messages:
        part = message_from_bytes(content).get_payload(0)
        text = base64.b64decode(part.get_payload()).decode()  # type: ignore[union-attr, arg-type]
        body = re.split("(?i)лента новостей|жаңалықтар таспасы", text)[0]
        seen = {line.strip() for line in body.splitlines()} & urls
        found.setdefault(address, Counter()).update(seen)
    return found
