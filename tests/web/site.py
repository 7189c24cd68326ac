"""A small newspaper on a real store, with everything the pages need."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import event
from starlette.types import ASGIApp

from publisher.audience.choosing import Wish
from publisher.audience.joining import ConsentTexts, Joinings
from publisher.audience.membership import Membership
from publisher.clock import SteppedClock
from publisher.errors import PictureError
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.build import FeedBuilder
from publisher.feeds.hubs.watching import Watcher
from publisher.model.feed import FeedKind, SiteFacts
from publisher.model.hub import HubRules
from publisher.model.rubric import RubricTree
from publisher.model.timetable import Frequency
from publisher.model.token import Purpose, TokenKeys
from publisher.model.window import Window
from publisher.outgoing.client import Client
from publisher.rendering.digest import Look
from publisher.sources.originals import Originals
from publisher.sources.picture_copies import PictureCopies
from publisher.store import Store, feeds
from publisher.store.readers import Subscription
from publisher.store.schema.subjects import subject
from publisher.web.app import create_app
from publisher.web.documents import DocumentIndex
from publisher.web.parts import WebParts
from publisher.web.readership import ReadershipCounter
from tests.builders import ALMATY, MORNING, a_picture, a_rule, an_article
from tests.shipped import shipped_renderer
from tests.store.backups import Backup, back_up, restore
from tests.store.databases import copy_of, open_store
from tests.store.newsroom import Newsroom
from tests.web.client import Client as Browser

__all__ = ["BASE_URL", "SITE_URL", "Site", "statements"]

SITE_URL = "https://gazeta.example"
BASE_URL = "https://desk.example"
LANGUAGES = ("ru", "kk")
HOUR = timedelta(hours=1)
TOKENS = TokenKeys({1: b"a key of thirty-two bytes length"}, 1)

FACTS = SiteFacts(
    titles={"ru": "Степной вестник", "kk": "Дала жаршысы"},
    descriptions={"ru": "Новости города и области", "kk": "Қала мен облыс жаңалықтары"},
    url=SITE_URL,
    base_url=BASE_URL,
    languages=LANGUAGES,
    authority="gazeta.example",
    since=date(2025, 1, 1),
)

RULES = {
    "utro": a_rule(
        "utro",
        titles={"ru": "Утренний выпуск", "kk": "Таңғы шығарылым"},
        frequencies=(Frequency.WEEKDAYS, Frequency.WEEKLY, Frequency.MONTHLY),
    ),
    "srazu": a_rule(
        "srazu",
        titles={"ru": "Сразу", "kk": "Бірден"},
        frequency=Frequency.INSTANT,
    ),
    "sport": a_rule("sport", titles={"ru": "Спорт", "kk": "Спорт"}, rubrics=("sport",)),
}

CONSENT = ConsentTexts(
    version="2026-03",
    texts={"ru": "Согласен получать рассылку.", "kk": "Таратылымды алуға келісемін."},
)


@dataclass
class Site:
    """The newspaper at work; `client` asks its application."""

    newsroom: Newsroom
    parts: WebParts
    builder: FeedBuilder

    @classmethod
    def open(
        cls, store: Store, clock: SteppedClock, tree: RubricTree | None = None
    ) -> "Site":
        newsroom = Newsroom(store, clock, tree)
        addresses = FeedAddresses(BASE_URL, newsroom.tree, LANGUAGES)
        return cls(newsroom, _parts(newsroom, addresses), _builder(newsroom, addresses))

    @classmethod
    def filled(cls, store: Store, clock: SteppedClock, template: Path) -> "Site":
        """Return it with articles in both languages and all feeds built.

        To build them takes ten times as long as to copy the rows of who did.
        """
        moment, rows = _filled(template)
        restore(store, rows)
        clock.move(moment - clock.now())
        site = cls.open(store, clock)
        site.index.refresh()
        return site

    @cached_property
    def app(self) -> ASGIApp:
        return create_app(self.parts)

    @property
    def client(self) -> Browser:
        return Browser(self.app)

    @property
    def index(self) -> DocumentIndex:
        return self.parts.index

    def build_all(self) -> None:
        """Build every feed, and let the index know."""
        rubrics = ("", *(rubric.key for rubric in self.newsroom.tree))
        endings = ("", *(f".{language}" for language in LANGUAGES))
        keys = [key + ending for key in rubrics for ending in endings]
        self.newsroom.store.transact(feeds.mark, keys)
        self.build()

    def subjects(self) -> list[tuple[FeedKind, str]]:
        """Return every author and tag there is."""
        rows = self.newsroom.rows(subject)
        return [(FeedKind(row.kind), row.slug) for row in rows]

    def build(self) -> None:
        """Build the feeds that wait, and let the index know."""
        while self.builder.build_waiting(500):
            pass
        self.index.refresh()

    def replant(self, tree: RubricTree) -> "Site":
        """Return the newspaper after its configuration was changed."""
        self.newsroom.clock.move(timedelta(minutes=1))
        self.newsroom.plant(tree)
        addresses = FeedAddresses(BASE_URL, self.newsroom.tree, LANGUAGES)
        parts = replace(_parts(self.newsroom, addresses), index=self.parts.index)
        return Site(self.newsroom, parts, _builder(self.newsroom, addresses))

    def closed(self, key: str) -> RubricTree:
        """Return the tree with one rubric closed."""
        return RubricTree(
            tuple(
                replace(r, is_closed=r.is_closed or r.key == key)
                for r in self.newsroom.tree
            )
        )

    def counted_by(self, readership: ReadershipCounter) -> "Site":
        parts = replace(self.parts, readership=readership)
        return Site(self.newsroom, parts, self.builder)

    def in_development(self, outbox: Path, newsroom: Path) -> "Site":
        store, clock = self.newsroom.store, self.newsroom.clock
        client = Client(allowed=[ip_network("127.0.0.0/8")])
        parts = replace(
            self.parts,
            outbox=outbox,
            newsroom=newsroom,
            copies=PictureCopies(outbox, Originals((), _no_web), max_bytes=10**9),
            watcher=Watcher(
                store=store,
                clock=clock,
                client=client,
                base_url=BASE_URL,
                path="/feeds/latest.atom",
            ),
            hub_rules=HubRules(),
        )
        return Site(self.newsroom, parts, self.builder)

    def join(self, email: str = "aigul@reader.example", **wish: object) -> Subscription:
        """Subscribe a reader to the morning digest, or to what the wish names."""
        wanted = Wish(**{"digest": "utro", **wish})  # type: ignore[arg-type]
        return self.parts.membership.join(
            email, wanted, wording="Согласен.", origin="test"
        )

    def subscription(self, number: int) -> Subscription:
        found = self.parts.membership.find(number)
        assert found is not None
        return found

    @staticmethod
    def return_path(subscription: Subscription) -> str:
        return f"/return/{TOKENS.sign(Purpose.RETURN, subscription.id)}"

    @staticmethod
    def confirm_path(number: int) -> str:
        return f"/confirm/{TOKENS.sign(Purpose.CONFIRM, number)}"

    @staticmethod
    def leave_path(subscription: Subscription) -> str:
        return f"/u/{TOKENS.sign(Purpose.LEAVE, subscription.id)}"

    @staticmethod
    def preferences_path(subscription: Subscription) -> str:
        token = TOKENS.sign(Purpose.PREFERENCES, subscription.subscriber_id)
        return f"/preferences/{token}"


@cache
def _filled(template: Path) -> tuple[datetime, Backup]:
    """Return what a store says once all is published and built, and when that was."""
    clock = SteppedClock(MORNING)
    with (
        TemporaryDirectory() as folder,
        open_store(f"sqlite:///{copy_of(template, Path(folder))}") as store,
    ):
        site = Site.open(store, clock)
        newsroom = site.newsroom
        newsroom.wait(hours=4)
        newsroom.take(an_article("most", picture=a_picture()))
        newsroom.take(
            an_article(
                "sessiya",
                title="Маслихат обсудил бюджет",
                rubrics=("politika",),
                published_at=MORNING + HOUR,
            )
        )
        newsroom.take(
            an_article(
                "kopir",
                language="kk",
                title="Есіл үстіндегі көпір Наурызға дейін ашылады",
                lead="Жаңа өткелде қозғалыс мерекеден бір күн бұрын басталады.",
                published_at=MORNING + 2 * HOUR,
            )
        )
        site.build_all()
        return clock.now(), back_up(store)


def _no_web(url: str, max_bytes: int) -> bytes:
    msg = f"{url} is not fetched in these tests ({max_bytes} bytes)"
    raise PictureError(msg)


def _parts(newsroom: Newsroom, addresses: FeedAddresses) -> WebParts:
    store, clock = newsroom.store, newsroom.clock
    renderer = shipped_renderer()
    membership = Membership(
        store=store,
        clock=clock,
        rules=RULES,
        tree=newsroom.tree,
        languages=LANGUAGES,
        zone=ALMATY,
    )
    return WebParts(
        store=store,
        clock=clock,
        index=DocumentIndex(store),
        renderer=renderer,
        addresses=addresses,
        facts=FACTS,
        membership=membership,
        joinings=Joinings(
            membership=membership,
            tokens=TOKENS,
            languages=renderer.languages,
            consent=CONSENT,
        ),
        tokens=TOKENS,
        zone=ZoneInfo(ALMATY),
        look=Look(),
        max_age=timedelta(minutes=5),
        make_feed=_builder(newsroom, addresses).make,
        readership=ReadershipCounter(
            store,
            lambda: clock.now().astimezone(ZoneInfo(ALMATY)).date(),
            keep_days=30,
        ),
    )


def _builder(newsroom: Newsroom, addresses: FeedAddresses) -> FeedBuilder:
    return FeedBuilder(
        store=newsroom.store,
        clock=newsroom.clock,
        tree=newsroom.tree,
        addresses=addresses,
        facts=FACTS,
        window=Window(),
    )


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Yield the list of SQL statements that run meanwhile."""
    seen: list[str] = []

    def see(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", see)
