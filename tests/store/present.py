"""A newspaper on one day: what is asked of its store, and what changes in it."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from sqlalchemy import update

from publisher.clock import SteppedClock
from publisher.model.article import IncomingArticle
from publisher.model.delivery import DeliveryState, SkipReason
from publisher.model.feed import FeedFormat, Variant
from publisher.store import (
    Store,
    Transaction,
    articles,
    documents,
    editions,
    enlisting,
    feeds,
    leases,
    ledger,
    pauses,
    readers,
    received,
    timetables,
)
from publisher.store.comments import find_discussion
from publisher.store.counts import show_counts
from publisher.store.due import due_deliveries
from publisher.store.editions import EditionRow
from publisher.store.fragments import Fragment, find_fragments, keep_fragments
from publisher.store.groups import groups_of, has_reachable
from publisher.store.leases import Lease
from publisher.store.ledger import Asked, Verdict
from publisher.store.listings import (
    came_in_at,
    listed_since,
    listed_until,
    newest_of_rubrics,
    newest_of_site,
)
from publisher.store.reading import find_by_url, load_articles
from publisher.store.schema.editions import delivery
from tests.builders import (
    MORNING,
    a_choice,
    a_comment,
    a_rubric,
    a_segment_text,
    a_timetable,
    a_tree,
    an_arrival,
    an_article,
)
from tests.store.newsroom import Newsroom, a_document

NOON = MORNING + timedelta(hours=5)
RUBRICS = [f"r{number}" for number in range(12)]
TODAY = 90
READERS = 60

Question = Callable[[Transaction], object]


def a_debate(count: int) -> IncomingArticle:
    """Return an article about which so many readers said something."""
    said = [
        a_comment(str(number), author=f"Читатель {number}") for number in range(count)
    ]
    return an_article(
        "debate", rubrics=RUBRICS[:1], comments=tuple(said), comment_count=count
    )


class Present:
    """What is going on in a newspaper today: articles, feeds, an edition under way."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = SteppedClock(MORNING)
        top = a_rubric("novosti")
        below = [a_rubric(key, "novosti") for key in RUBRICS]
        self.newsroom = Newsroom(store, self.clock, a_tree(top, *below))
        self.tree = self.newsroom.tree
        self.ids = [rubric.id for rubric in self.tree]
        for number in range(TODAY):
            self.newsroom.take(
                an_article(
                    f"a{number}",
                    rubrics=(RUBRICS[number % 12], RUBRICS[(number + 5) % 12]),
                    published_at=MORNING - timedelta(minutes=number),
                )
            )
        self.newsroom.take(an_article("secret", rubrics=("r1",), embargo_until=NOON))
        self.debate = self.newsroom.take(a_debate(20))
        self.newsroom.take(a_debate(21))
        self.publish_all()
        self.lease = self.start_edition()

    def publish_all(self) -> None:
        number = self.newsroom.feed_id("")
        for fmt in FeedFormat:
            made = a_document(number, fmt=fmt, last_modified=MORNING)
            self.newsroom.publish(self.newsroom.job(""), made)
        kept = [
            Fragment(
                article_id=number,
                format=FeedFormat.RSS,
                variant=Variant.FULL,
                entry_version=1,
                context="",
                body=b"<item/>",
            )
            for number in range(1, TODAY + 1)
        ]
        self.store.transact(keep_fragments, kept)

    def start_edition(self) -> Lease:
        for number in range(READERS):
            chosen = (RUBRICS[number % 3],)
            self.newsroom.join(f"{number}@reader.example", a_choice(chosen=chosen))
        self.clock.move_to(NOON)
        lease = self.store.transact(self.plan)
        assert lease is not None
        self.due = self.store.query(due_deliveries, lease, NOON)
        return lease

    def plan(self, tx: Transaction) -> Lease | None:
        (row,) = timetables.due_timetables(tx, NOON, 100)
        opened = editions.open_edition(
            tx,
            row,
            row.timetable.last_slot(NOON),
            expires_at=NOON + timedelta(hours=6),
            next_due_at=NOON - timedelta(hours=1),
            now=NOON,
        )
        assert opened is not None
        for group in groups_of(tx, row.id, limit=100):
            text = a_segment_text(1, 2, 3, selection_id=group.selection_id)
            enlisting.enlist(tx, opened, group, text, NOON)
        enlisting.cut_chunks(tx, opened, READERS)
        enlisting.open_chunks(tx, opened, NOON)
        return leases.lease_chunk(tx, NOON, NOON + timedelta(minutes=5))

    def questions(self) -> Mapping[str, Question]:
        """Return everything that is asked again and again, with equal answers."""
        return {
            **self.questions_of_feeds(),
            **self.questions_of_digests(),
            **self.changes(),
        }

    def questions_of_feeds(self) -> Mapping[str, Question]:
        fifty = list(range(1, 51))
        return {
            "newest of a wide subtree": lambda tx: newest_of_rubrics(
                tx, self.ids, "ru", 10
            ),
            "newest in all languages": lambda tx: newest_of_rubrics(
                tx, self.ids, "", 10
            ),
            "newest of one rubric": lambda tx: newest_of_rubrics(
                tx, self.ids[1:2], "ru", 10
            ),
            "newest of the site": lambda tx: newest_of_site(tx, "ru", 50),
            "fifty articles": lambda tx: load_articles(tx, fifty, self.tree),
            "an article by its address": lambda tx: find_by_url(
                tx, "https://gazeta.example/ru/a1"
            ),
            "kept fragments": lambda tx: find_fragments(
                tx, dict.fromkeys(fifty, 1), FeedFormat.RSS, Variant.FULL, ""
            ),
            "changed documents": lambda tx: documents.documents_since(tx, 1),
            "waiting feeds": lambda tx: feeds.waiting_feeds(tx, 50),
            "comments of an article": lambda tx: find_discussion(
                tx, self.debate, self.tree, 50
            ),
            "a job": lambda tx: feeds.next_job(tx, self.newsroom.feed_id("")),
        }

    def questions_of_digests(self) -> Mapping[str, Question]:
        lease = self.lease
        return {
            "what was listed since": lambda tx: listed_since(
                tx, self.ids, "ru", after=60, up_to=90, published_from=MORNING
            ),
            "when readers were served": lambda tx: came_in_at(tx, 40),
            "where a new reader starts": lambda tx: readers.first_cursor(
                tx, MORNING - timedelta(minutes=30)
            ),
            "due timetables": lambda tx: timetables.due_timetables(tx, NOON, 100),
            "due instant timetables": lambda tx: timetables.due_instant(tx, 70, 100),
            "a timetable's last edition": lambda tx: editions.last_edition(tx, 1),
            "what was listed until a moment": lambda tx: listed_until(
                tx, MORNING - timedelta(minutes=30)
            ),
            "pauses that are over": lambda tx: pauses.has_ended(tx, NOON),
            "groups of readers": lambda tx: groups_of(tx, 1, limit=100),
            "groups of readers without a delivery": lambda tx: groups_of(
                tx, 1, limit=100, without=lease.edition_id
            ),
            "whether a group may be written to": self.reach_one,
            "whether a timetable has readers": lambda tx: timetables.has_readers(tx, 1),
            "due deliveries": lambda tx: due_deliveries(tx, lease, NOON),
            "editions to plan": editions.planning_editions,
            "an edition's account": lambda tx: editions.account(tx, lease.edition_id),
        }

    def changes(self) -> Mapping[str, Question]:
        lease = self.lease
        later = NOON + timedelta(minutes=6)
        return {
            "a saved article": lambda tx: self.take(tx, "a1", "Другой заголовок"),
            "a new article": lambda tx: self.take(tx, "new", "Новый заголовок"),
            "a new comment": self.comment,
            "numbers to show": lambda tx: show_counts(
                tx, self.tree, NOON, timedelta(minutes=15), 100
            ),
            "a released article": lambda tx: articles.release_due(
                tx, self.tree, NOON, 10
            ),
            "an opened edition": self.open_another,
            "an enlisted group": self.enlist_one,
            "an edition in chunks": self.cut_one,
            "a leased chunk": lambda tx: leases.lease_chunk(tx, later, later),
            "a given back chunk": lambda tx: leases.release_chunk(tx, lease),
            "a begun and sent message": self.send_one,
            "ended pauses": lambda tx: pauses.end_due(tx, NOON),
            "closed editions": editions.close_finished,
            "expired editions": lambda tx: leases.expire_older(
                tx, editions.find_edition(tx, lease.edition_id), NOON
            ),
        }

    def open_another(self, tx: Transaction) -> EditionRow:
        slot = a_timetable(at=time(12, 0)).last_slot(NOON)
        row = self.newsroom.timetable()
        opened = editions.open_edition(
            tx, row, slot, expires_at=NOON, next_due_at=None, now=NOON
        )
        assert opened is not None
        return opened

    def enlist_one(self, tx: Transaction) -> None:
        opened = self.open_another(tx)
        group, *_ = groups_of(tx, opened.timetable_id, limit=100)
        enlisting.enlist(tx, opened, group, SkipReason.TOO_THIN, NOON)
        received.already_sent(tx, opened, group, [1])

    def reach_one(self, tx: Transaction) -> bool:
        group, *_ = groups_of(tx, 1, limit=1)
        return has_reachable(tx, 1, group)

    def cut_one(self, tx: Transaction) -> None:
        opened = self.open_another(tx)
        group, *_ = groups_of(tx, opened.timetable_id, limit=100)
        text = a_segment_text(
            1, language=group.language, selection_id=group.selection_id
        )
        enlisting.enlist(tx, opened, group, text, NOON)
        enlisted = update(delivery).where(delivery.c.edition_id == opened.id)
        tx.execute(enlisted.values(state="waiting", settled_at=None))
        assert enlisting.cut_chunks(tx, opened, 500) >= 1
        enlisting.open_chunks(tx, opened, NOON)

    def take(self, tx: Transaction, name: str, title: str) -> None:
        incoming = an_article(name, title=title, rubrics=RUBRICS[:2])
        arrival = an_arrival(incoming, source_id=self.newsroom.source.id)
        articles.take_in(tx, arrival, self.tree, NOON)

    def comment(self, tx: Transaction) -> None:
        arrival = an_arrival(a_debate(22), source_id=self.newsroom.source.id)
        articles.take_in(tx, arrival, self.tree, NOON)

    def send_one(self, tx: Transaction) -> None:
        (first, *_) = self.due
        ledger.begin(
            tx, [Asked(first.id, first.segment_id, first.attempts, self.lease)], NOON
        )
        sent = Verdict(
            delivery_id=first.id,
            number=1,
            state=DeliveryState.SENT,
            reason="",
            retry_at=None,
            outcome="sent",
            phase="dot",
            code=250,
            reply="250 ok",
            has_begun=True,
        )
        ledger.settle(tx, [sent], NOON)
