"""Whatever happens in the mailroom, nobody gets an article twice, and none is lost.

A machine publishes, withdraws and moves articles; readers come, change and leave; the
planner fails, two workers crash, oversleep and hear late answers. After every step the
accounts are right; and once the trouble is over, every reader who stayed has had every
article that is still public (laws 8, 9, 10 and 12).
"""

from datetime import time, timedelta
from itertools import product

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from publisher.clock import SteppedClock
from publisher.errors import TemplateError
from publisher.model.delivery import DeliveryState
from publisher.model.digest import DigestRule
from publisher.model.timetable import Frequency, Timetable
from publisher.store import Store, editions
from publisher.store.doubts import DoubtRow, list_doubts, send_again, take_as_sent
from publisher.store.schema.articles import article, listing
from publisher.store.schema.editions import delivery, segment_article
from publisher.store.schema.readers import subscription, suppression
from tests.builders import MORNING, a_choice, a_rule, a_timetable, an_article
from tests.effort import effort
from tests.store.databases import empty
from tests.store.desk import Desk
from tests.store.mailroom import LEASE, Mailroom
from tests.store.newsroom import Newsroom

MINUTE = timedelta(minutes=1)
RUBRICS = ("politika", "sport", "futbol")
WORKERS = st.sampled_from([0, 1])
READERS = {
    "anna": ((), "ru", 7),
    "bolat": (("politika",), "ru", 7),
    "clara": (("sport",), "ru", 8),
    "dana": ((), "kk", 8),
}
"""What each chose, in which language, at which hour."""

DAILY = a_rule(max_age=timedelta(days=400))
INSTANT = a_rule(frequency=Frequency.INSTANT, max_age=timedelta(days=400))


class MailHistory(RuleBasedStateMachine):
    """Lets something happen in newsroom or mailroom, then looks at the accounts."""

    def __init__(self, store: Store, digest: DigestRule) -> None:
        super().__init__()
        empty(store)
        self.newsroom = Newsroom(store, SteppedClock(MORNING - timedelta(hours=1)))
        self.mailroom = Mailroom(self.newsroom)
        self.desk = Desk(self.mailroom, digest)
        self.digest = digest
        self.numbers = {name: self.join(name) for name in READERS}
        self.steady = set(READERS)
        self.filed: dict[str, tuple[str, str]] = {}

    def timetable(self, hour: int) -> Timetable:
        if self.digest.frequency is Frequency.INSTANT:
            return a_timetable(Frequency.INSTANT, at=time(0, 0))
        return a_timetable(at=time(hour, 0))

    def join(self, name: str) -> int:
        chosen, language, hour = READERS[name]
        choice = a_choice(
            timetable=self.timetable(hour), chosen=chosen, language=language
        )
        return self.newsroom.join(f"{name}@reader.example", choice)

    # ----------------------------------------------------------------- the newsroom

    @initialize(is_planned=st.booleans())
    def a_day_begins(self, *, is_planned: bool) -> None:
        for rubric in RUBRICS:
            self.an_article_comes_in("ru", rubric, days=0)
        self.an_article_comes_in("kk", "politika", days=0)
        self.newsroom.clock.move_to(MORNING)
        if is_planned:
            self.desk.planner.sweep()

    @rule(
        language=st.sampled_from(["ru", "ru", "kk"]),
        rubric=st.sampled_from(RUBRICS),
        days=st.sampled_from([0, 0, 3]),
    )
    def an_article_comes_in(self, language: str, rubric: str, days: int) -> None:
        name = f"a{len(self.filed)}"
        self.filed[name] = (language, rubric)
        self.save(name, days=days)

    @rule(data=st.data(), rubric=st.sampled_from(RUBRICS))
    def an_article_is_moved(self, data: st.DataObject, rubric: str) -> None:
        if self.filed:
            name = data.draw(st.sampled_from(sorted(self.filed)))
            self.filed[name] = (self.filed[name][0], rubric)
            self.save(name)

    @rule(data=st.data(), is_back=st.booleans())
    def an_article_is_withdrawn(self, data: st.DataObject, *, is_back: bool) -> None:
        if self.filed:
            name = data.draw(st.sampled_from(sorted(self.filed)))
            self.save(name, is_withdrawn=True)
            if is_back:
                self.save(name)

    def save(self, name: str, *, days: int = 0, is_withdrawn: bool = False) -> None:
        language, rubric = self.filed[name]
        self.newsroom.take(
            an_article(
                name,
                language=language,
                rubrics=(rubric,),
                published_at=MORNING - timedelta(days=1 + days),
                is_withdrawn=is_withdrawn,
            )
        )

    # ------------------------------------------------------------------ the readers

    @rule(name=st.sampled_from(sorted(READERS)), is_back=st.booleans())
    def a_reader_leaves(self, name: str, *, is_back: bool) -> None:
        self.steady.discard(name)
        self.newsroom.leave(self.numbers[name])
        if is_back:
            self.join(name)

    @rule()
    def an_address_is_suppressed(self) -> None:
        self.steady.discard("bolat")
        self.mailroom.suppress("bolat@reader.example")

    # ----------------------------------------------------------------- the mailroom

    @rule(span=st.sampled_from([MINUTE, LEASE + MINUTE, timedelta(hours=1)]))
    def time_passes(self, span: timedelta) -> None:
        self.newsroom.clock.move(span)

    @rule(hours=st.sampled_from([0, 1, 24, 25]))
    def the_planner_looks(self, hours: int) -> None:
        self.newsroom.clock.move(timedelta(hours=hours))
        self.desk.planner.sweep()

    @rule(is_template=st.booleans())
    def the_planner_stumbles(self, *, is_template: bool) -> None:
        self.desk.composer.failures.append(
            TemplateError("body.html") if is_template else MemoryError()
        )
        self.desk.planner.sweep()
        self.desk.composer.failures.clear()

    @rule(who=WORKERS, count=st.integers(0, 3))
    def a_worker_leases_and_begins(self, who: int, count: int) -> None:
        worker = self.desk.workers[who]
        self.desk.lease(worker)
        self.desk.look(worker)
        for _ in range(count):
            begun = self.desk.begin(worker)
            if begun is not None:
                self.check_may_be_sent(begun.id)

    @precondition(lambda self: self.desk.is_waiting_for_answers)
    @rule(
        who=WORKERS,
        state=st.sampled_from(
            [DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.FAILED]
        ),
    )
    def a_relay_answers(self, who: int, state: DeliveryState) -> None:
        worker = self.desk.busy(who)
        self.desk.hear(worker, state, was_taken=state is DeliveryState.SENT)

    @precondition(lambda self: self.desk.is_waiting_for_answers)
    @rule(who=WORKERS, was_taken=st.booleans())
    def a_connection_ends_after_the_dot(self, who: int, *, was_taken: bool) -> None:
        worker = self.desk.busy(who)
        self.desk.hear(worker, DeliveryState.HELD, was_taken=was_taken)

    @precondition(lambda self: self.desk.is_waiting_for_answers)
    @rule(who=WORKERS, was_taken=st.booleans())
    def a_worker_crashes(self, who: int, *, was_taken: bool) -> None:
        self.desk.crash(self.desk.busy(who), was_taken=was_taken)

    @rule(who=WORKERS)
    def a_relay_cannot_be_reached(self, who: int) -> None:
        self.desk.fail_to_connect(self.desk.workers[who])

    @rule(who=WORKERS)
    def a_worker_gives_its_chunk_back(self, who: int) -> None:
        self.desk.give_back(self.desk.workers[who])

    @rule()
    def a_log_is_read(self) -> None:
        """Let the relay's log end every doubt that it can: nothing is on its way."""
        under_way = {n for worker in self.desk.workers for n in worker.in_flight}
        for row in self.mailroom.store.query(list_doubts, 100):
            if row.id not in under_way:
                self.end_doubt(row)

    def end_doubt(self, row: DoubtRow) -> None:
        was_taken = self.desk.taken[row.id] > 0
        if not was_taken or not self.is_too_late_to_spare(row):
            self.desk.doubted.discard(row.id)
        end = take_as_sent if was_taken else send_again
        self.mailroom.store.transact(end, [row.id], "the log", self.mailroom.now)

    def is_too_late_to_spare(self, row: DoubtRow) -> bool:
        """Whether its articles went on, and have left the house once more."""
        later = self.newsroom.rows(
            delivery,
            delivery.c.subscription_id == row.subscription_id,
            delivery.c.edition_id > row.edition_id,
        )
        return any(
            one.state in {"begun", "sent"} or self.desk.taken[one.id] for one in later
        )

    # -------------------------------------------------------------- what stays true

    def check_may_be_sent(self, number: int) -> None:
        row = self.mailroom.delivery(number)
        reader = self.newsroom.one(
            subscription, subscription.c.id == row.subscription_id
        )
        shown = self.articles_of(row.segment_id)
        public = {
            found.id
            for found in self.newsroom.rows(article, article.c.state == "public")
        }
        assert reader.state == "active"
        assert reader.id != self.numbers["bolat"] or not self.newsroom.count(
            suppression
        )
        assert shown
        assert shown <= public

    def articles_of(self, segment_id: int) -> set[int]:
        rows = self.newsroom.rows(
            segment_article, segment_article.c.segment_id == segment_id
        )
        return {row.article_id for row in rows}

    @invariant()
    def every_account_is_right(self) -> None:
        for row in self.mailroom.store.query(editions.list_editions, 100):
            assert self.mailroom.account(row).error == 0

    @invariant()
    def no_message_is_taken_twice(self) -> None:
        assert set(self.desk.taken.values()) <= {1}

    @invariant()
    def no_article_is_sent_twice(self) -> None:
        for name in READERS:
            sent = self.sent_to(name, but=self.desk.doubted)
            assert len(sent) == len(set(sent))

    def sent_to(self, name: str, but: set[int]) -> list[int]:
        rows = self.newsroom.rows(
            delivery,
            delivery.c.subscription_id == self.numbers[name],
            delivery.c.state == "sent",
        )
        return [
            number
            for row in rows
            if row.id not in but
            for number in self.articles_of(row.segment_id)
        ]

    @override
    def teardown(self) -> None:
        """End all trouble, let some days pass, and see what everybody has had.

        What failed, expired or was held comes with a reader's next edition; of an
        instant digest there is one when something new is listed.
        """
        for worker in self.desk.workers:
            self.desk.crash(worker, was_taken=False)
        self.a_day_passes_without_trouble()
        for language, rubric in product(("ru", "kk"), RUBRICS):
            self.an_article_comes_in(language, rubric, days=0)
        self.a_day_passes_without_trouble()

        for row in self.mailroom.store.query(editions.list_editions, 100):
            assert self.mailroom.account(row).waiting == 0
        for name in self.steady:
            assert self.expected(name) <= set(self.sent_to(name, but=set()))
        self.no_article_is_sent_twice()

    def a_day_passes_without_trouble(self) -> None:
        for _ in range(9):
            self.newsroom.wait(hours=3)
            self.desk.planner.sweep()
            self.desk.send_everything()

    def expected(self, name: str) -> set[int]:
        chosen, language, _ = READERS[name]
        tree = self.newsroom.tree
        ids = {r.id for key in chosen for r in tree.subtree(key)} or {
            r.id for r in tree
        }
        rows = self.newsroom.rows(listing, listing.c.language == language)
        return {row.article_id for row in rows if row.rubric_id in ids}


def play(store: Store, digest: DigestRule, examples: int, *, steps: int) -> None:
    class History(MailHistory):
        def __init__(self) -> None:
            super().__init__(store, digest)

    run_state_machine_as_test(History, settings=effort(examples, steps=steps))


DIGESTS = pytest.mark.parametrize("digest", [DAILY, INSTANT], ids=["daily", "instant"])


@DIGESTS
def test_every_history_of_the_mailroom_keeps_the_laws(
    store: Store, digest: DigestRule
) -> None:
    play(store, digest, 3, steps=25)


@pytest.mark.slow
@DIGESTS
def test_many_histories_of_the_mailroom_keep_the_laws(
    store: Store, digest: DigestRule
) -> None:
    play(store, digest, 80, steps=50)
