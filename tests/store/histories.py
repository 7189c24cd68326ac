"""Random histories of a newspaper's digests, judged by an oracle that knows no cursor.

The oracle keeps, for every reader, what that reader must still get, may get and has
got, from what the newsroom was told alone. It asks the store for nothing but the
articles of a message that was sent.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sqlalchemy import select

from publisher.clock import SteppedClock
from publisher.errors import TemplateError
from publisher.model.delivery import DeliveryState
from publisher.model.timetable import Frequency
from publisher.store import Store, Transaction, editions, pauses, readers
from publisher.store.doubts import list_doubts, send_again, take_as_sent
from publisher.store.readers import Choice
from publisher.store.schema.editions import segment_article
from tests.builders import MORNING, a_choice, a_consent, a_rule, a_timetable, an_article
from tests.store.databases import empty
from tests.store.desk import Desk, Worker
from tests.store.mailroom import LEASE, Mailroom
from tests.store.newsroom import Newsroom

__all__ = ["History", "Planted", "ViolationError"]

PARENTS = {
    "novosti": "",
    "politika": "novosti",
    "vektor": "politika",
    "obshchestvo": "novosti",
    "sport": "",
    "futbol": "sport",
}
RULE = a_rule(
    min_articles=2,
    max_age=timedelta(days=400),
    max_lateness=timedelta(hours=6),
)
RHYTHMS = (
    a_timetable(at=time(7, 0)),
    a_timetable(at=time(20, 0)),
    a_timetable(at=time(2, 30), zone="Europe/Berlin"),
    a_timetable(Frequency.WEEKDAYS, weekdays=(0, 2, 4)),
    a_timetable(Frequency.WEEKLY, weekdays=(3,)),
    a_timetable(Frequency.MONTHLY, month_day=5),
    a_timetable(Frequency.INSTANT, at=time(0, 0)),
)
SPANS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 10, 60, 60 * 5, 60 * 13, 60 * 24)
)
NAMES = ("anna", "bolat", "clara", "dana")
HELD = DeliveryState.HELD

Planted = Callable[[Transaction, int], None]
"""A defect, done to the store after each verdict about a subscription."""


class ViolationError(AssertionError):
    """An article came twice, was lost, or came to somebody it was not for."""


def is_below(rubric: str, top: str) -> bool:
    """Tell whether a rubric is another or stands below it."""
    while rubric:
        if rubric == top:
            return True
        rubric = PARENTS[rubric]
    return False


@dataclass
class Reader:
    """One reader, and what the oracle thinks of them."""

    name: str
    choice: Choice
    number: int = 0
    state: str = "active"
    must: set[int] = field(default_factory=set)
    may: set[int] = field(default_factory=set)
    got: set[int] = field(default_factory=set)

    def wants(self, language: str, rubrics: tuple[str, ...]) -> bool:
        """Tell whether an article filed so is for this reader."""
        chosen = self.choice.selection.chosen
        excluded = self.choice.selection.excluded
        return language == self.choice.language and any(
            (not chosen or any(is_below(rubric, top) for top in chosen))
            and not any(is_below(rubric, top) for top in excluded)
            for rubric in rubrics
        )


@dataclass
class Filed:
    """An article as the newsroom last said it is."""

    name: str
    language: str
    rubrics: tuple[str, ...]
    published_at: datetime
    is_public: bool = True
    number: int = 0
    embargo_until: datetime | None = None
    was: tuple[str, ...] | None = None


class History:
    """One random history; `run` raises ViolationError where a law was broken."""

    def __init__(self, store: Store, seed: int, planted: Planted | None = None) -> None:
        empty(store)
        self.random = random.Random(seed)
        self.clock = SteppedClock(MORNING - timedelta(hours=1))
        self.newsroom = Newsroom(store, self.clock)
        self.mailroom = Mailroom(self.newsroom)
        self.desk = Desk(self.mailroom, RULE)
        self.store = store
        self.planted = planted
        self.articles: list[Filed] = []
        self.readers = [Reader(name, self.a_wish()) for name in NAMES]
        self.done: Counter[str] = Counter()
        self.unheard: list[int] = []
        for reader in self.readers:
            reader.number = self.join(reader)

    def run(self, steps: int) -> None:
        """Let so many things happen, end all trouble, and look who lost what."""
        happenings = (
            *[self.an_article_comes] * 4,
            *[self.an_article_changes] * 2,
            *[self.time_passes] * 4,
            *[self.mail_goes] * 3,
            *(self.a_reader_chooses, self.a_reader_leaves, self.a_reader_returns),
            *(self.a_reader_pauses, self.a_reader_resumes, self.the_planner_stumbles),
            *(self.a_reader_joins_again, self.a_log_says_no),
        )
        for _ in range(steps):
            happening = self.random.choice(happenings)
            self.done[happening.__name__] += 1
            happening()
        self.end()

    # ----------------------------------------------------------------- the newsroom

    def some_rubrics(self) -> tuple[str, ...]:
        return tuple(self.random.sample(sorted(PARENTS), self.random.choice((1, 1, 2))))

    def an_article_comes(self) -> None:
        now = self.clock.now()
        late = timedelta(days=self.random.choice((0, 0, 0, 2, 30)))
        embargo = self.random.choice((None, None, None, timedelta(hours=9)))
        filed = Filed(
            f"a{len(self.articles)}",
            self.random.choice(("ru", "ru", "ru", "kk")),
            self.some_rubrics(),
            now - late,
            embargo_until=now + embargo if embargo else None,
        )
        filed.is_public = embargo is None
        self.articles.append(filed)
        self.save(filed)

    def an_article_changes(self) -> None:
        if not self.articles:
            return
        filed = self.random.choice(self.articles)
        if filed.embargo_until is not None:
            return
        match self.random.choice(("moved", "edited", "withdrawn", "back", "back")):
            case "moved":
                filed.rubrics = self.some_rubrics()
            case "withdrawn":
                filed.is_public = False
            case "back":
                filed.is_public = True
            case _:
                pass
        self.save(filed)

    def save(self, filed: Filed) -> None:
        incoming = an_article(
            filed.name,
            title=f"Заголовок {self.random.random()}",
            language=filed.language,
            rubrics=filed.rubrics,
            published_at=filed.published_at,
            embargo_until=filed.embargo_until,
            is_withdrawn=not filed.is_public and filed.embargo_until is None,
        )
        filed.number = self.newsroom.take(incoming)
        self.tell(filed)

    def tell(self, filed: Filed) -> None:
        """Let the oracle know what is public where.

        Owed is what becomes public where a reader looks. What was there before the
        reader looked, and is edited now, is not.
        """
        for reader in self.readers:
            is_wanted = filed.is_public and reader.wants(filed.language, filed.rubrics)
            was_wanted = filed.was is not None and reader.wants(
                filed.language, filed.was
            )
            if not is_wanted:
                reader.must.discard(filed.number)
                continue
            reader.may.add(filed.number)
            is_news = not was_wanted and filed.number not in reader.got
            if is_news and reader.state != "left":
                reader.must.add(filed.number)
        filed.was = filed.rubrics if filed.is_public else None

    # ------------------------------------------------------------------ the readers

    def a_wish(self) -> Choice:
        keys = sorted(PARENTS)
        chosen = self.random.sample(keys, self.random.choice((0, 0, 1, 2)))
        excluded = self.random.sample(keys, self.random.choice((0, 0, 1)))
        return a_choice(
            timetable=self.random.choice(RHYTHMS),
            chosen=tuple(chosen),
            excluded=tuple(excluded),
            language=self.random.choice(("ru", "ru", "ru", "kk")),
        )

    def somebody(self, *states: str) -> Reader | None:
        found = [reader for reader in self.readers if reader.state in states]
        return self.random.choice(found) if found else None

    def join(self, reader: Reader) -> int:
        return self.newsroom.join(f"{reader.name}@reader.example", reader.choice)

    def a_reader_chooses(self) -> None:
        reader = self.somebody("active", "paused")
        if reader is not None:
            self.choose(reader, self.a_wish())

    def choose(self, reader: Reader, choice: Choice) -> None:
        said = a_consent("changed", at=self.clock.now())
        self.store.transact(readers.change, reader.number, choice, said)
        self.reconsider(reader, choice)

    def reconsider(self, reader: Reader, choice: Choice) -> None:
        """Let come what a reader newly asks for; what is not asked for need not."""
        reader.choice = choice
        wanted = {
            filed.number
            for filed in self.articles
            if filed.is_public and reader.wants(filed.language, filed.rubrics)
        }
        reader.may |= wanted
        reader.must &= wanted

    def a_reader_leaves(self) -> None:
        reader = self.somebody("active", "paused")
        if reader is not None:
            self.newsroom.leave(reader.number)
            reader.state = "left"
            reader.must.clear()

    def a_reader_returns(self) -> None:
        reader = self.somebody("left")
        if reader is not None:
            self.reconsider(reader, self.a_wish())
            self.join(reader)
            reader.state = "active"

    def a_reader_joins_again(self) -> None:
        reader = self.somebody("active", "paused")
        if reader is not None:
            self.join(reader)
            reader.state = "active"

    def a_reader_pauses(self) -> None:
        reader = self.somebody("active")
        if reader is not None:
            now = self.clock.now()
            until = now + timedelta(days=self.random.choice((1, 3, 10)))
            said = a_consent("paused", at=now)
            self.store.transact(pauses.pause, reader.number, until, said)
            reader.state = "paused"

    def a_reader_resumes(self) -> None:
        reader = self.somebody("paused")
        if reader is not None:
            self.resume(reader)

    def resume(self, reader: Reader) -> None:
        said = a_consent("resumed", at=self.clock.now())
        self.store.transact(pauses.resume, reader.number, said)
        reader.state = "active"

    # ----------------------------------------------------------------- the mailroom

    def time_passes(self) -> None:
        """Let time pass, short or long, and then look what is due."""
        self.clock.move(self.random.choice(SPANS))
        self.look()

    def look(self) -> None:
        self.newsroom.release()
        now = self.clock.now()
        for filed in self.articles:
            if filed.embargo_until is not None and filed.embargo_until <= now:
                filed.embargo_until, filed.is_public = None, True
                self.tell(filed)
        self.desk.planner.sweep()
        for reader in self.readers:
            if reader.state != "paused":
                continue
            found = self.store.query(readers.find_subscription, reader.number)
            if found is not None and found.is_active and found.paused_until is None:
                reader.state = "active"

    def the_planner_stumbles(self) -> None:
        self.desk.composer.failures.append(TemplateError("body.html"))
        self.time_passes()
        self.desk.composer.failures.clear()

    def mail_goes(self) -> None:
        """Send some of what is ready; now and then a worker stops in the middle."""
        answers = (
            *[DeliveryState.SENT] * 6,
            *(DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.HELD, None),
        )
        self.send(lambda: self.random.choice(answers))
        self.a_log_says_yes()

    def a_log_says_yes(self) -> None:
        """Let all that arrived and is in doubt be found, before anything is planned."""
        arrived, self.unheard = self.unheard, []
        self.store.transact(take_as_sent, arrived, "the log", self.clock.now())

    def a_log_says_no(self) -> None:
        """Let it be known of all that is in doubt that it did not arrive."""
        held = [row.id for row in self.store.query(list_doubts, 1000)]
        self.store.transact(send_again, held, "the log", self.clock.now())

    def send(self, answer: Callable[[], DeliveryState | None]) -> None:
        for worker in self.leases():
            while worker.due:
                due = self.desk.begin(worker)
                if due is None:
                    continue
                state = answer()
                if state is None:  # The worker is gone, and had not sent it.
                    self.desk.crash(worker, was_taken=False)
                    self.clock.move(LEASE + timedelta(minutes=1))
                    return
                is_unheard = state is HELD and self.random.random() < 0.5
                if state is DeliveryState.SENT or is_unheard:
                    self.arrived(due.subscription_id, due.segment_id)
                if is_unheard:
                    self.unheard.append(due.id)
                self.desk.hear(worker, state)
                if self.planted is not None:
                    self.store.transact(self.planted, due.subscription_id)
            self.desk.give_back(worker)

    def leases(self) -> Iterator[Worker]:
        for _ in range(50):
            worker = Worker()
            self.desk.lease(worker)
            if worker.lease is None:
                return
            yield worker

    def arrived(self, subscription_id: int, segment_id: int) -> None:
        """Judge a message that a reader got."""
        (reader,) = (one for one in self.readers if one.number == subscription_id)
        found = self.store.query(articles_of, segment_id)
        public = {filed.number for filed in self.articles if filed.is_public}
        for what, wrong in (
            ("came twice", found & reader.got),
            ("was not asked for", found - reader.may),
            ("was not public", found - public),
            ("came uncalled", found if reader.state != "active" else set()),
        ):
            if wrong:
                msg = f"{reader.name}: {what}: {sorted(wrong)}"
                raise ViolationError(msg)
        reader.got |= found
        reader.must -= found

    # ---------------------------------------------------------------------- the end

    def end(self) -> None:
        """Let all trouble end and some days pass; then nothing may be owed."""
        for reader in self.readers:
            if reader.state == "paused":
                self.resume(reader)
            if reader.state == "active":
                self.choose(reader, replace(reader.choice, timetable=RHYTHMS[0]))
        self.clock.move(timedelta(hours=10))
        self.look()  # No embargo is left.
        for language in ("ru", "ru", "kk", "kk"):  # For nobody's digest is too thin.
            name = f"a{len(self.articles)}"
            filed = Filed(name, language, tuple(PARENTS), self.clock.now())
            self.articles.append(filed)
            self.save(filed)
        for _ in range(12):
            self.clock.move(timedelta(hours=6))
            self.look()
            self.send(lambda: DeliveryState.SENT)
        self.judge()

    def judge(self) -> None:
        """Raise ViolationError where something is owed, or does not add up."""
        for reader in self.readers:
            if reader.must:
                msg = f"{reader.name}: was lost: {sorted(reader.must)}"
                raise ViolationError(msg)
        for row in self.store.query(editions.list_editions, 1000):
            if self.mailroom.account(row).error:
                msg = f"edition {row.id}: the accounts are wrong"
                raise ViolationError(msg)


def articles_of(tx: Transaction, segment_id: int) -> set[int]:
    """Return the articles of a segment."""
    of_segment = segment_article.c.segment_id == segment_id
    return set(
        tx.execute(select(segment_article.c.article_id).where(of_segment)).scalars()
    )
