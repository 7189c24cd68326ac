"""A small newsroom for tests: a real store, a stepped clock, and readers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from publisher.audience.choosing import Wish
from publisher.audience.membership import Membership
from publisher.clock import SteppedClock
from publisher.digests.addressing import Addressing
from publisher.digests.composing import Composer
from publisher.digests.outlet import Outlet
from publisher.digests.planning import Planner
from publisher.digests.sending import Sender
from publisher.mail.transport import Begin, Envelope, Transport
from publisher.model.article import Byline, IncomingArticle
from publisher.model.delivery import Accounting
from publisher.model.digest import DigestRule
from publisher.model.reply import Kind, Outcome, Phase
from publisher.model.rubric import Rubric, RubricTree
from publisher.model.timetable import Frequency
from publisher.model.token import TokenKeys
from publisher.rendering.digest import Look, Site
from publisher.rendering.templates import Renderer
from publisher.store import Store, editions, sources
from publisher.store.articles import Arrival, release_due, take_in
from publisher.store.feeds import sync_feeds
from publisher.store.readers import Subscription
from publisher.store.rubrics import sync_tree
from tests.shipped import shipped_renderer

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, 06:00 in Almaty."""

RULES = {
    rule.key: rule
    for rule in (
        DigestRule(
            key="utro",
            titles={"ru": "Утро", "kk": "Таң"},
            frequency=Frequency.DAILY,
            at=time(7, 0),
        ),
        DigestRule(
            key="nedelya",
            titles={"": "Неделя"},
            frequency=Frequency.WEEKLY,
            weekdays=(4,),
            at=time(17, 0),
            min_articles=3,
        ),
        DigestRule(
            key="srazu",
            titles={"": "Сразу"},
            frequency=Frequency.INSTANT,
            at=time(0, 0),
        ),
    )
}


def a_tree() -> RubricTree:
    """Return novosti > (politika > vybory, sport) and kultura."""
    names = {
        "novosti": ("Новости", "Жаңалықтар", None),
        "politika": ("Политика", "Саясат", "novosti"),
        "vybory": ("Выборы", "Сайлау", "politika"),
        "sport": ("Спорт", "Спорт", "novosti"),
        "kultura": ("Культура", "Мәдениет", None),
    }
    return RubricTree(
        tuple(
            Rubric(key=key, slug=key, names={"ru": ru, "kk": kk}, parent=parent)
            for key, (ru, kk, parent) in names.items()
        )
    )


@dataclass
class RecordingTransport:
    """Takes messages as a relay would; `answers` are given first, then it accepts."""

    sent: list[Envelope] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)

    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        """Accept a message, or give the next prepared answer."""
        await asyncio.sleep(0)  # A relay answers later; other messages go on meanwhile.
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None and answer.phase in {Phase.CONNECT, Phase.RCPT}:
            return answer
        if not await begin():
            return Outcome(kind=Kind.STOPPED, phase=Phase.RCPT)
        if answer is not None:
            return answer
        self.sent.append(envelope)
        return Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250, text="queued")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(kw_only=True)
class Desk:
    """A newsroom with its store, its readers and what was sent to them."""

    store: Store
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(MORNING))
    transport: RecordingTransport = field(default_factory=RecordingTransport)
    rules: dict[str, DigestRule] = field(default_factory=lambda: dict(RULES))
    folder: Path | None = None
    leave_address: str = ""
    tokens: TokenKeys = field(default_factory=lambda: TokenKeys({1: b"k" * 32}, 1))

    def __post_init__(self) -> None:
        """Write the rubrics and one source."""
        now = self.clock.now()
        self.tree, changed = self.store.transact(sync_tree, a_tree(), now)
        self.store.transact(sync_feeds, self.tree, ("ru", "kk"), changed, now)
        self.source = self.store.transact(sources.open_source, "desk")
        self.membership = Membership(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            tree=self.tree,
            languages=("ru", "kk"),
            zone="Asia/Almaty",
        )
        self.planner = self.new_planner()

    def plant(self, tree: RubricTree) -> None:
        """Start again with rubrics that are not as they were."""
        now = self.clock.now()
        self.tree, _ = self.store.transact(sync_tree, tree, now)
        self.membership = replace(self.membership, tree=self.tree)
        self.planner = self.new_planner()

    @property
    def addressing(self) -> Addressing:
        """Our names and addresses."""
        return Addressing(
            sender="news@gazeta.example",
            sender_names={"ru": "Газета", "kk": "Газет"},
            reply_to="",
            return_address="bounces+@gazeta.example",
            domain="gazeta.example",
            feedback_id="gazeta",
            base_url="https://news.gazeta.example",
            tokens=self.tokens,
            leave_address=self.leave_address,
        )

    def new_planner(self) -> Planner:
        """Return a planner such as another process would have."""
        renderer = Renderer(self.folder) if self.folder else shipped_renderer()
        site = Site(title="Газета", url="https://gazeta.example")
        return Planner(
            store=self.store,
            clock=self.clock,
            rules=self.rules,
            composer=Composer(
                rules=self.rules,
                tree=self.tree,
                renderer=renderer,
                sites={"ru": site, "kk": replace(site, title="Газет")},
                look=Look(),
                zone="Asia/Almaty",
                addressing=self.addressing,
            ),
        )

    def new_sender(self, transport: Transport | None = None) -> Sender:
        """Return a sender such as another process would have."""
        outlet = Outlet(
            store=self.store,
            clock=self.clock,
            addressing=self.addressing,
            transport=transport or self.transport,
            connections=3,
        )
        return Sender(outlet=outlet, planner=self.planner)

    def publish(
        self,
        key: str,
        rubrics: Sequence[str] = ("politika",),
        language: str = "ru",
        **changes: object,
    ) -> int:
        """Take an article in, published now unless said otherwise."""
        incoming = IncomingArticle(
            source_id=key,
            language=language,
            title=f"Заголовок {key}",
            lead=f"Коротко о {key}.",
            body_html=f"<p>Подробно о {key}.</p>",
            published_at=self.clock.now(),
            url=f"https://gazeta.example/{language}/{key}",
            rubrics=tuple(rubrics),
            bylines=(Byline("Соб. инф."),),
        )
        incoming = replace(incoming, **changes)  # type: ignore[arg-type]
        arrival = Arrival(
            source_id=self.source.id,
            path=f"{key}.md",
            uid=f"tag:gazeta.example,2026:{key}",
            incoming=incoming,
        )
        now = self.clock.now()
        return self.store.transact(take_in, arrival, self.tree, now).id

    def join(self, email: str, digest: str = "utro", **wish: object) -> Subscription:
        """Subscribe a reader."""
        return self.membership.join(
            email,
            Wish(digest=digest, **wish),  # type: ignore[arg-type]
            wording="Да, присылайте.",
            origin="test",
        )

    async def run(self, span: timedelta = timedelta(0)) -> int:
        """Move the clock, do everything that is due, return how many were tried."""
        now = self.clock.move(span)
        self.store.transact(release_due, self.tree, now, 1000)
        self.planner.sweep()
        return await self.new_sender().send_ready()

    def accounts(self) -> list[Accounting]:
        """Return the accounting of all editions, newest first."""
        found = self.store.query(editions.list_editions, 1000)
        return [self.store.query(editions.account, row.id) for row in found]
