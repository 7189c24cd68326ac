"""Two digests that are going out, and everything that may be done meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from publisher.model.delivery import DeliveryState
from publisher.model.timetable import Frequency
from publisher.store import Transaction, leases, ledger, pauses, readers, rhythms
from publisher.store.doubts import send_again, take_as_sent
from publisher.store.editions import EditionRow, close_finished
from publisher.store.enlisting import cut_chunks, enlist
from publisher.store.erasing import erase_address
from publisher.store.exchange import usual_statement
from publisher.store.forgetting import forget_subscription
from publisher.store.groups import groups_of
from publisher.store.leases import Lease
from publisher.store.ledger import Asked, Verdict
from publisher.store.retention import RULES
from publisher.store.schema.readers import subscription, timetable
from publisher.store.stale import replace_segment
from tests.builders import a_choice, a_consent, a_segment_text, a_timetable
from tests.store.mailroom import LEASE, Mailroom, a_verdict
from tests.store.newsroom import Newsroom

__all__ = ["ANNA", "RushHour"]

RHYTHMS = (
    a_timetable(Frequency.INSTANT, digest_key="srochno"),
    a_timetable(digest_key="utro"),
    a_timetable(digest_key="utro", at=a_timetable().at.replace(hour=8)),
)
ANNA, BOLAT, CLARA, DANA, ERLAN = READERS = "anna", "bolat", "clara", "dana", "erlan"
"""In both digests Anna's message is begun, and those of Bolat and Dana are in doubt.

Dana has left meanwhile, Erlan has a pause that is over, and Clara waits.
"""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An edition that is going out: `of` are the deliveries by reader."""

    edition: EditionRow
    lease: Lease
    segment_id: int
    of: Mapping[str, int]

    def asked(self, name: str) -> Asked:
        return Asked(self.of[name], self.segment_id, 0, self.lease)


class RushHour:
    """Two digests are going out to the same readers, and the next edition is planned.

    Each method is what one transaction does.
    """

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom, self.mailroom = newsroom, Mailroom(newsroom)
        self.store = newsroom.store
        self.article = newsroom.take()
        self.subscriptions = {
            name: [
                newsroom.join(f"{name}@reader.example", a_choice(timetable=rhythm))
                for rhythm in RHYTHMS[:2]
            ]
            for name in READERS
        }
        newsroom.join("other@reader.example", a_choice(timetable=RHYTHMS[2]))
        numbers = [row.id for row in newsroom.rows(timetable)]
        self.at_once, self.seven, self.eight = numbers
        self._wait_for_the_next()
        self.instant, self.daily = self._send(self.at_once), self._send(self.seven)
        self._wait_for_the_next()
        planned = self.mailroom.open(timetable_id=self.seven)
        assert planned is not None
        self.planned = planned
        self.store.transact(self._meanwhile)

    @property
    def now(self) -> datetime:
        return self.newsroom.clock.now()

    def _wait_for_the_next(self) -> None:
        due_at = self.newsroom.timetable(self.seven).next_due_at
        self.newsroom.clock.move_to(due_at or self.now)

    def _send(self, number: int) -> Sent:
        opened = self.mailroom.plan(self.article, timetable_id=number)
        lease = self.mailroom.must_lease()
        due = self.mailroom.due(lease)
        of = {one.email.partition("@")[0]: one.id for one in due}
        self.mailroom.begin(lease, of[ANNA], of[BOLAT], of[DANA])
        doubts = (a_verdict(of[name], DeliveryState.HELD) for name in (BOLAT, DANA))
        self.mailroom.settle(*doubts)
        return Sent(edition=opened, lease=lease, segment_id=due[0].segment_id, of=of)

    def _meanwhile(self, tx: Transaction) -> None:
        """Let the instant timetable go on, as far as nobody has been served."""
        tx.execute(update(timetable).values(reached=1000))
        tx.execute(update(subscription).values(cursor=0))
        for number in self.subscriptions[DANA]:
            readers.leave(tx, number, a_consent("withdrawn"))
        for number in self.subscriptions[ERLAN]:
            pauses.pause(tx, number, self.now, a_consent("paused"))

    # --------------------------------------------------------------------- readers

    def erase_anna(self, tx: Transaction) -> None:
        erase_address(tx, f"{ANNA}@reader.example", self.now)

    def erase_bolat(self, tx: Transaction) -> None:
        erase_address(tx, f"{BOLAT}@reader.example", self.now)

    def change_anna(self, tx: Transaction) -> None:
        number = self.subscriptions[ANNA][0]
        choice = a_choice(timetable=RHYTHMS[0], chosen=("politika",))
        readers.change(tx, number, choice, a_consent("changed"))

    def leave(self, tx: Transaction) -> None:
        for number in self.subscriptions[ANNA]:
            readers.leave(tx, number, a_consent("withdrawn"))

    def end_pauses(self, tx: Transaction) -> None:
        pauses.end_due(tx, self.now)

    def move(self, tx: Transaction) -> None:
        rhythms.move_readers(tx, self.seven, self.eight, 10)

    def forget(self, tx: Transaction) -> None:
        forget_subscription(tx, self.subscriptions[DANA][0], self.now)

    def let_deliveries_go(self, tx: Transaction) -> None:
        later = self.now + timedelta(days=1)
        RULES["deliveries"].take(tx, later, self.now, None, 100)

    # -------------------------------------------------------------------- editions

    def plan(self, tx: Transaction) -> None:
        for group in groups_of(tx, self.seven, limit=10):
            text = a_segment_text(self.article, selection_id=group.selection_id)
            enlist(tx, self.planned, group, text, self.now)
        assert cut_chunks(tx, self.planned, 500)

    def close(self, tx: Transaction) -> None:
        close_finished(tx)

    def expire_older(self, tx: Transaction) -> None:
        leases.expire_older(tx, self.planned, self.now)

    def replace(self, tx: Transaction) -> None:
        old, new = self.daily.segment_id, self.instant.segment_id
        replace_segment(tx, old, new, self.now)

    # --------------------------------------------------------------------- sending

    def lease(self, tx: Transaction) -> None:
        later = self.now + LEASE
        leases.lease_chunk(tx, later, later + LEASE)  # Another may have the last.

    def send_again(self, tx: Transaction) -> None:
        assert send_again(tx, self._doubts, "the log", self.now)

    def take_as_sent(self, tx: Transaction) -> None:
        assert take_as_sent(tx, self._doubts, "the log", self.now)

    @property
    def _doubts(self) -> list[int]:
        return [self.instant.of[BOLAT], self.daily.of[DANA], self.daily.of[BOLAT]]

    def settle_mixed(self, tx: Transaction) -> None:
        ledger.settle(tx, self._mixed, self.now)
        ledger.begin(tx, [self.daily.asked(CLARA)], self.now)

    def settle_mixed_the_other_way(self, tx: Transaction) -> None:
        ledger.settle(tx, self._mixed[::-1], self.now)

    @property
    def _mixed(self) -> list[Verdict]:
        instant, daily = self.instant.of, self.daily.of
        later = a_verdict(instant[BOLAT], DeliveryState.WAITING, retry_at=self.now)
        return [
            a_verdict(daily[ANNA]),
            later._replace(delivery_id=instant[CLARA], has_begun=False),
            later,
            a_verdict(daily[BOLAT]),
            a_verdict(instant[ANNA], DeliveryState.FAILED),
        ]

    def settle_as_usual(self, tx: Transaction) -> None:
        verdict = a_verdict(self.instant.of[ANNA])
        found = usual_statement([verdict], [self.instant.asked(CLARA)], self.now)
        assert found is not None
        statement, given = found
        # Given beside it, SQLAlchemy would take these for columns to be written.
        tx.execute(statement.params(given))
