"""After erasing nothing holds the person, nobody writes to them, and the books balance.

A machine lets readers join, choose, pause, leave and be suppressed, while a mailroom
sends, fails, quotes their addresses and crashes; at any moment a reader is erased, also
while a message of theirs is on the wire.
"""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from publisher.audience.erasing import Erasing
from publisher.clock import SteppedClock
from publisher.model.delivery import DeliveryState
from publisher.store import Store, Transaction, pauses, readers
from publisher.store.doubts import list_doubts, take_as_sent
from publisher.store.erasing import ERASERS, Erased, erase_address, erase_subscriber
from publisher.store.ledger import Verdict, settle
from publisher.store.letters import NewLetter, post
from publisher.store.replies import FORGOTTEN
from publisher.store.schema import metadata
from publisher.store.schema.readers import consent, subscriber, suppression
from publisher.store.suppressions import ERASED, find_suppression, record_hash
from tests.books import discrepancies
from tests.builders import MORNING, a_consent
from tests.effort import effort
from tests.store.databases import empty, open_store
from tests.store.mailroom import Mailroom, a_verdict
from tests.store.newsroom import Newsroom
from tests.store.traces import traces_of

NO_READERS = {
    "address_secret": "a fingerprint of a secret",
    "alert": "troubles of the service",
    **dict.fromkeys(
        ("article", "article_rubric", "revision", "tombstone", "listing", "counter"),
        "what the newspaper wrote",
    ),
    "related": "articles",
    "joining_count": "keyed hashes of addresses, which protect them from letters",
    "leave_mail": "hashes of mails; the reason names no address",
    "chunk": "numbers of deliveries",
    "comment": "signed by its author for everybody, and brought by the source",
    **dict.fromkeys(("edition", "edition_count", "segment"), "what many got"),
    **dict.fromkeys(("past_edition", "piece", "segment_article"), "what many got"),
    "evidence": "places in files, and numbers of deliveries",
    **dict.fromkeys(
        ("gate", "gate_tally", "gate_place"), "relays and providers; replies redacted"
    ),
    **dict.fromkeys(
        ("digest_rhythm", "selection", "timetable"), "choices, and not whose"
    ),
    **dict.fromkeys(("sending", "installation"), "machines of ours"),
    "turn": "digests, and numbers that thousands of addresses share",
}
"""Tables that know of no reader, and why."""

NO_READERS_BY_NAME = {
    "feed": "feeds",
    "hub": "programs that read feeds",
    "rubric": "sections of the newspaper",
    "subject": "authors and tags",
    "source": "where articles come from",
    "document": "feeds",
    "fragment": "feeds",
    "picture": "pictures",
    "readership": "numbers of readers of feeds",
    "mirror": "copies of feeds",
    "output": "copies of feeds",
    "set_aside": "articles",
}
"""The same, for tables whose names begin so."""

ANNA = "Anna.Dauletova@reader.example"
KEY = ANNA.lower()
LOCAL = "anna.dauletova"
BOLAT = "bolat@reader.example"


def test_of_every_table_it_is_known_whether_it_knows_a_reader() -> None:
    told = {*ERASERS, *NO_READERS}
    unknown = {
        name
        for name in metadata.tables
        if name not in told and not name.startswith(tuple(NO_READERS_BY_NAME))
    }

    assert unknown == set(), "give it an eraser, or say here why it needs none"
    assert not set(ERASERS) & set(NO_READERS)


def test_whatever_points_to_a_reader_has_an_eraser() -> None:
    people = {"subscriber", "subscription", "delivery"}
    pointing = {
        table.name
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in people
    }

    assert pointing <= set(ERASERS)


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with two readers, one of them to be erased."""
    newsroom.take()
    newsroom.join(ANNA)
    newsroom.join(BOLAT)
    newsroom.clock.move_to(newsroom.timetable().next_due_at or MORNING)
    return Mailroom(newsroom)


def erase(mailroom: Mailroom, key: str = KEY) -> Erased:
    return mailroom.store.transact(erase_address, key, mailroom.now)


def write_letter(mailroom: Mailroom, **values: object) -> None:
    letter = NewLetter(
        **{
            "once": "welcome-1",
            "kind": "welcome",
            "email": ANNA,
            "language": "ru",
            "facts": {"greets": ANNA},
            "expires_at": mailroom.now + timedelta(days=7),
            **values,
        }  # type: ignore[arg-type]
    )
    mailroom.store.transact(post, letter, mailroom.now)


def test_every_table_forgets_the_reader(mailroom: Mailroom) -> None:
    write_letter(mailroom)
    mailroom.plan(1)
    lease = mailroom.must_lease()
    first, _ = mailroom.due(lease)
    mailroom.begin(lease, first.id)
    mailroom.settle(quoting(a_verdict(first.id, DeliveryState.FAILED)))
    before = traces_of(mailroom.store, KEY, LOCAL)

    erased = erase(mailroom)

    places = {place.partition(":")[0] for place in before}
    assert {"subscriber.email", "letter.facts", "attempt.reply"} <= places
    assert traces_of(mailroom.store, KEY, LOCAL) == []
    assert erased.rows["subscriber"] == erased.rows["subscription"] == 1
    assert mailroom.delivery(first.id).reason == FORGOTTEN
    assert discrepancies(mailroom.store) == []


def quoting(verdict: Verdict) -> Verdict:
    said = f"550 5.1.1 <{ANNA}> {LOCAL} unknown"
    return verdict._replace(reply=said, reason=said)


def test_others_are_left_alone(mailroom: Mailroom) -> None:
    erase(mailroom)

    rows = mailroom.newsroom.rows(subscriber)
    assert [row.email for row in rows] == ["", BOLAT]
    assert len(mailroom.newsroom.rows(consent)) == 1


def test_an_erased_reader_gets_nothing_that_was_queued(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    due = mailroom.due(lease)

    erase(mailroom)
    mailroom.begin(lease, *(one.id for one in due))

    assert mailroom.states(opened)[0] == ("skipped", "left")
    assert discrepancies(mailroom.store) == []


@pytest.mark.parametrize(
    "state", [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.WAITING]
)
def test_a_message_on_the_wire_ends_as_it_ends_and_leaves_no_trace(
    mailroom: Mailroom, state: DeliveryState
) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    first, _ = mailroom.due(lease)
    mailroom.begin(lease, first.id)

    erase(mailroom)
    mailroom.settle(quoting(a_verdict(first.id, state)))

    assert mailroom.delivery(first.id).state == state.value
    assert traces_of(mailroom.store, KEY, LOCAL) == []
    assert discrepancies(mailroom.store) == []


def test_the_address_stays_suppressed_by_a_hash(mailroom: Mailroom) -> None:
    erase(mailroom)

    row = mailroom.newsroom.one(suppression)
    assert mailroom.store.query(find_suppression, KEY) == ERASED
    assert row.subscriber_id is None


def test_an_older_reason_is_stronger_than_the_wish(mailroom: Mailroom) -> None:
    mailroom.store.transact(readers.suppress, KEY, "complaint", mailroom.now)

    erase(mailroom)

    assert mailroom.store.query(find_suppression, KEY) == "complaint"


def test_an_operators_words_that_name_the_reader_go_too(mailroom: Mailroom) -> None:
    said = f"asked by {LOCAL} on the phone"
    mailroom.store.transact(readers.suppress, KEY, said, mailroom.now)

    erase(mailroom)

    assert traces_of(mailroom.store, KEY, LOCAL) == []
    assert mailroom.store.query(find_suppression, KEY) == FORGOTTEN


def test_whoever_kept_a_copy_can_prove_what_was_agreed(mailroom: Mailroom) -> None:
    (row, _) = mailroom.newsroom.rows(consent)
    said = [row.digest_key, row.event, row.at.isoformat(), row.origin, row.wording]
    copy = json.dumps([KEY, [said]], ensure_ascii=False)

    erase(mailroom)

    kept = mailroom.newsroom.one(suppression).consent_hash
    assert kept == mailroom.store.query(record_hash, copy)


def test_erasing_twice_or_a_stranger_is_no_error(mailroom: Mailroom) -> None:
    erase(mailroom)
    hashed = mailroom.newsroom.one(suppression).consent_hash

    again = erase(mailroom)
    stranger = erase(mailroom, "stranger@reader.example")

    assert again.subscriber_id is stranger.subscriber_id is None
    assert mailroom.store.query(find_suppression, "stranger@reader.example") == ERASED
    kept = {row.consent_hash for row in mailroom.newsroom.rows(suppression)}
    assert kept == {hashed, None}


def test_leaving_by_an_old_link_changes_nothing_any_more(mailroom: Mailroom) -> None:
    erase(mailroom)
    before = mailroom.newsroom.everything()

    said = a_consent("withdrawn", at=mailroom.now)
    assert not mailroom.store.transact(readers.leave, 1, said)
    assert mailroom.store.query(readers.find_subscription, 1) is None
    assert mailroom.store.query(readers.subscriptions_of, 1) == []
    assert mailroom.newsroom.everything() == before


def test_who_comes_back_is_somebody_new(mailroom: Mailroom) -> None:
    erase(mailroom)

    number = mailroom.newsroom.join(ANNA)

    found = mailroom.store.query(readers.find_subscription, number)
    assert found is not None
    assert found.subscriber_id == 3
    assert mailroom.newsroom.one(suppression).subscriber_id == 3


def test_letters_to_any_spelling_of_the_address_go(mailroom: Mailroom) -> None:
    write_letter(mailroom, once="a", email=ANNA.upper(), facts={})
    write_letter(
        mailroom, once="b", email="x@reader.example", subscriber_id=1, facts={}
    )
    write_letter(mailroom, once="c", email=BOLAT, facts={})

    erased = erase(mailroom)

    assert erased.rows["letter"] == 2


def test_who_is_forgotten_with_time_may_join_as_anybody(mailroom: Mailroom) -> None:
    mailroom.store.transact(erase_subscriber, 1, mailroom.now)

    assert traces_of(mailroom.store, KEY, LOCAL) == []
    assert mailroom.newsroom.rows(suppression) == []


def test_the_file_does_not_hold_the_address_either(
    sqlite_url: str, tmp_path: Path, clock: SteppedClock
) -> None:
    with open_store(sqlite_url) as opened:
        newsroom = Newsroom(opened, clock)
        newsroom.join(ANNA)
        assert files_naming(tmp_path)

        Erasing(store=opened, clock=clock).erase(ANNA, origin="test")

        assert files_naming(tmp_path) == []


def files_naming(folder: Path) -> list[str]:
    """Return the files that hold the local part, the write-ahead log among them."""
    return [
        file.name
        for file in folder.iterdir()
        if LOCAL.encode() in file.read_bytes().lower()
    ]


@pytest.mark.postgres
def test_a_reply_that_comes_in_while_erasing_is_not_kept(
    newsroom_on_postgres: Newsroom,
) -> None:
    newsroom = newsroom_on_postgres
    newsroom.take()
    newsroom.join(ANNA)
    newsroom.clock.move_to(newsroom.timetable().next_due_at or MORNING)
    mailroom = Mailroom(newsroom)
    mailroom.plan(1)
    lease = mailroom.must_lease()
    (due,) = mailroom.due(lease)
    waiting = quoting(a_verdict(due.id, DeliveryState.WAITING))
    verdict = waiting._replace(has_begun=False, number=1)
    settled, committing = threading.Event(), threading.Event()

    def settle_slowly() -> None:
        def work(tx: Transaction) -> None:
            settle(tx, [verdict], mailroom.now)
            settled.set()
            committing.wait(10)

        mailroom.store.transact(work)

    settling = threading.Thread(target=settle_slowly)
    settling.start()
    assert settled.wait(10)
    erasing = threading.Thread(target=erase, args=(mailroom,))
    erasing.start()
    erasing.join(0.3)
    was_waiting = erasing.is_alive()
    committing.set()
    settling.join()
    erasing.join()

    assert was_waiting
    assert traces_of(mailroom.store, KEY, LOCAL) == []
    assert discrepancies(mailroom.store) == []


OUTCOMES = {
    DeliveryState.HELD: "doubt",
    DeliveryState.FAILED: "refused",
    DeliveryState.EXPIRED: "retry",
}
STATES = [state for state in DeliveryState if state is not DeliveryState.SKIPPED]


class Rights(RuleBasedStateMachine):
    """Readers live with the service, and one after the other is erased."""

    PEOPLE = ("anna.d", "bolat.k", "clara.s")

    def __init__(self, store: Store) -> None:
        super().__init__()
        empty(store)
        self.newsroom = Newsroom(store, SteppedClock(MORNING - timedelta(hours=1)))
        self.mailroom = Mailroom(self.newsroom)
        self.newsroom.take()
        self.numbers = {name: self.join(name) for name in self.PEOPLE}
        self.erased: set[str] = set()
        self.letters = 0

    def join(self, name: str) -> int:
        return self.newsroom.join(f"{name}@reader.example")

    @rule(
        name=st.sampled_from(PEOPLE),
        event=st.sampled_from(["leave", "pause", "suppress"]),
    )
    def something_happens_to(self, name: str, event: str) -> None:
        if name in self.erased:
            return
        store, now = self.newsroom.store, self.newsroom.clock.now()
        number, said = self.numbers[name], a_consent(event, at=now)
        if event == "leave":
            store.transact(readers.leave, number, said)
        elif event == "suppress":
            store.transact(readers.suppress, f"{name}@reader.example", name, now)
        elif (
            found := store.query(readers.find_subscription, number)
        ) and found.is_active:
            store.transact(pauses.pause, number, now + timedelta(days=2), said)

    def is_active(self, number: int) -> bool:
        found = self.newsroom.store.query(readers.find_subscription, number)
        return found is not None and found.is_active

    @rule(name=st.sampled_from(PEOPLE))
    def a_letter_is_posted(self, name: str) -> None:
        if name not in self.erased:
            self.letters += 1
            email = f"{name}@reader.example"
            write_letter(
                self.mailroom,
                once=f"l{self.letters}",
                email=email,
                facts={"to": [email]},
            )

    @rule(
        state=st.sampled_from(
            [*(s for s in DeliveryState if s is not DeliveryState.SKIPPED)]
        ),
        erases=st.sampled_from([None, *PEOPLE]),
    )
    def an_edition_is_sent(self, state: DeliveryState, erases: str | None) -> None:
        due = self.newsroom.timetable().next_due_at
        self.newsroom.clock.move_to(due or self.newsroom.clock.now())
        self.mailroom.plan(1)
        lease = self.mailroom.lease()
        if lease is None:
            return
        names = {one.id: one.email for one in self.mailroom.due(lease)}
        answers = self.mailroom.begin(lease, *names)
        if erases is not None:
            self.a_reader_is_erased(erases)
        begun = [n for n, a in zip(names, answers, strict=True) if a == "begun"]
        for number in begun if state is not DeliveryState.BEGUN else ():
            quote = f"550 <{names[number]}> {names[number].partition('@')[0]}"
            self.mailroom.settle(replying(number, state, quote, self.mailroom))
        self.mailroom.release(lease)

    @rule()
    def a_doubt_is_resolved(self) -> None:
        doubts = self.newsroom.store.query(list_doubts, 10)
        numbers = [one.id for one in doubts]
        self.newsroom.store.transact(take_as_sent, numbers, "log", self.mailroom.now)

    @rule(name=st.sampled_from(PEOPLE))
    def a_reader_is_erased(self, name: str) -> None:
        erase(self.mailroom, f"{name}@reader.example")
        self.erased.add(name)

    @invariant()
    def nothing_holds_who_was_erased(self) -> None:
        spelled = [s for n in self.erased for s in (n, f"{n}@reader.example")]
        assert traces_of(self.newsroom.store, *spelled) == []

    @invariant()
    def the_books_balance(self) -> None:
        assert discrepancies(self.newsroom.store) == []

    @invariant()
    def nobody_who_was_erased_may_be_written_to(self) -> None:
        for name in self.erased:
            key = f"{name}@reader.example"
            assert self.newsroom.store.query(find_suppression, key)


def replying(
    number: int, state: DeliveryState, quote: str, mailroom: Mailroom
) -> Verdict:
    verdict = a_verdict(number, state, number=mailroom.delivery(number).attempts)
    outcome = {"held": "doubt", "failed": "refused", "expired": "retry"}.get(
        state.value
    )
    return verdict._replace(
        reply=quote,
        reason=quote if outcome or state is DeliveryState.WAITING else "",
        outcome=outcome or verdict.outcome,
        retry_at=mailroom.now if state is DeliveryState.WAITING else None,
    )


def play(store: Store, examples: int, *, steps: int) -> None:
    class History(Rights):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(History, settings=effort(examples, steps=steps))


def test_every_history_ends_well_for_who_is_erased(store: Store) -> None:
    play(store, 4 if store.is_sqlite else 1, steps=10)


@pytest.mark.slow
def test_many_histories_end_well_for_who_is_erased(store: Store) -> None:
    play(store, 60, steps=25)
