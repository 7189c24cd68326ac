"""Every due reader gets one delivery of an edition: of a segment, or skipped."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from publisher.model.delivery import DeliveryState, SkipReason
from publisher.store import (
    Store,
    Transaction,
    articles,
    enlisting,
    received,
    segments,
    stale,
)
from publisher.store.editions import EditionRow
from publisher.store.groups import Group, groups_of
from publisher.store.ledger import Answer, Asked
from publisher.store.schema.editions import chunk, delivery, segment, segment_article
from publisher.store.segment_texts import load_segment
from publisher.store.segments import SegmentText
from tests.builders import a_choice, a_segment_text, an_arrival, an_article
from tests.store.mailroom import Mailroom, a_verdict
from tests.store.newsroom import Newsroom

DAY = timedelta(days=1)


def with_readers(newsroom: Newsroom) -> Mailroom:
    newsroom.take(an_article("a"))
    newsroom.take(an_article("b"))
    for name in ("anna", "bolat", "clara"):
        newsroom.join(f"{name}@reader.example")
    return Mailroom(newsroom)


@pytest.fixture
def mailroom(newsroom: Newsroom) -> Mailroom:
    """Return a mailroom with two articles and three readers of everything."""
    return with_readers(newsroom)


def groups(mailroom: Mailroom) -> list[Group]:
    return list(mailroom.store.query(groups_of, 1, limit=100))


def enlist(
    mailroom: Mailroom, opened: EditionRow, outcome: SegmentText | SkipReason
) -> None:
    for group in groups(mailroom):
        mailroom.store.transact(enlisting.enlist, opened, group, outcome, mailroom.now)


def add(mailroom: Mailroom, opened: EditionRow, *article_ids: int) -> int:
    text = a_segment_text(*article_ids)
    return mailroom.store.transact(segments.add_segment, opened.id, text)


def opened_edition(mailroom: Mailroom) -> EditionRow:
    opened = mailroom.open()
    assert opened is not None
    return opened


def test_readers_are_grouped_by_language_choice_and_what_they_have_had(
    mailroom: Mailroom,
) -> None:
    join = mailroom.newsroom.join
    join("dana@reader.example", a_choice(language="kk"))
    join("erlan@reader.example", a_choice(chosen=("sport",)))
    join("faina@reader.example", cursor=1)
    mailroom.newsroom.leave(1)

    found = [
        (g.language, g.selection.key, g.cursor, g.readers) for g in groups(mailroom)
    ]

    assert found == [
        ("kk", "", 0, 1),
        ("ru", "", 0, 2),
        ("ru", "", 1, 1),
        ("ru", "sport", 0, 1),
    ]


def test_equal_content_is_kept_once_per_edition(mailroom: Mailroom) -> None:
    opened = opened_edition(mailroom)

    numbers = {add(mailroom, opened, 1, 2) for _ in range(3)}

    assert len(numbers) == 1
    assert mailroom.newsroom.count(segment) == 1
    assert mailroom.newsroom.count(segment_article) == 2


def test_a_segment_is_read_back_as_it_was_composed(mailroom: Mailroom) -> None:
    opened = opened_edition(mailroom)
    number = add(mailroom, opened, 1, 2)

    found = mailroom.store.query(load_segment, number)

    assert found == a_segment_text(1, 2)


def test_planning_again_changes_nothing(mailroom: Mailroom) -> None:
    opened = opened_edition(mailroom)
    enlist(mailroom, opened, a_segment_text(1))
    before = mailroom.newsroom.rows(delivery)

    enlist(mailroom, opened, SkipReason.TOO_THIN)
    enlist(mailroom, opened, a_segment_text(1, 2))

    assert mailroom.newsroom.rows(delivery) == before


def test_nothing_new_moves_readers_on_and_too_thin_does_not(
    mailroom: Mailroom,
) -> None:
    opened = opened_edition(mailroom)
    enlist(mailroom, opened, SkipReason.TOO_THIN)
    thin = mailroom.cursors()
    mailroom.newsroom.clock.move(DAY)
    second = opened_edition(mailroom)

    enlist(mailroom, second, SkipReason.NOTHING_NEW)

    assert (thin, mailroom.cursors()) == ([0, 0, 0], [2, 2, 2])
    assert mailroom.account(opened).skipped_by_reason == {"too thin": 3}
    assert mailroom.account(second).skipped_by_reason == {"nothing new": 3}


def test_readers_whom_an_edition_does_not_concern_are_passed_by(
    mailroom: Mailroom,
) -> None:
    opened = opened_edition(mailroom)

    for group in groups(mailroom):
        mailroom.store.transact(enlisting.pass_by, opened, group)

    assert mailroom.cursors() == [2, 2, 2]
    assert mailroom.account(opened).due == 0


@pytest.mark.parametrize("outcome", [SkipReason.NOTHING_NEW, SkipReason.TOO_THIN, None])
def test_a_reader_whose_message_is_under_way_is_passed_over_and_not_moved_on(
    mailroom: Mailroom, outcome: SkipReason | None
) -> None:
    mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1, 2)
    mailroom.settle(a_verdict(2))
    mailroom.newsroom.clock.move(DAY)
    second = opened_edition(mailroom)

    enlist(mailroom, second, outcome or a_segment_text(2))

    skipped = mailroom.account(second).skipped_by_reason
    assert skipped["the one before is under way"] == 2
    assert mailroom.account(second).due == 3
    assert mailroom.cursors()[0] == 0


def test_only_named_readers_of_a_group_are_enlisted_where_some_are_named(
    mailroom: Mailroom,
) -> None:
    opened = opened_edition(mailroom)
    (group,) = groups(mailroom)
    text = a_segment_text(1)

    mailroom.store.transact(enlisting.enlist, opened, group, text, mailroom.now, [2])

    rows = mailroom.newsroom.rows(delivery)
    assert [(row.subscription_id, row.state) for row in rows] == [(2, "waiting")]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_group_is_enlisted_in_spans_and_nobody_is_left_out(
    mailroom: Mailroom, size: int
) -> None:
    opened = opened_edition(mailroom)
    (group,) = groups(mailroom)
    text = a_segment_text(1)

    spans = mailroom.store.query(enlisting.spans_of, opened, group, size)
    mailroom.newsroom.join("late@reader.example")
    sizes: list[int] = []
    for span in spans:
        mailroom.store.transact(
            enlisting.enlist, opened, group, text, mailroom.now, span
        )
        sizes.append(mailroom.account(opened).due - sum(sizes))

    assert sizes[-1] <= size + 1
    assert all(count == size for count in sizes[:-1])
    assert sum(sizes) == 4


def test_what_a_reader_had_before_is_known_by_what_was_sent(
    mailroom: Mailroom,
) -> None:
    mailroom.plan(1, 2)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1, 2)
    mailroom.settle(a_verdict(1), a_verdict(2, DeliveryState.FAILED))
    mailroom.newsroom.clock.move(DAY)
    opened = opened_edition(mailroom)

    had = {
        key: value
        for group in groups(mailroom)
        for key, value in mailroom.store.query(
            received.already_sent, opened, group, [2, 77]
        ).items()
    }

    assert had == {1: frozenset({2})}


def test_a_segment_with_an_article_withdrawn_meanwhile_is_stale_at_once(
    mailroom: Mailroom,
) -> None:
    opened = opened_edition(mailroom)
    mailroom.newsroom.take(an_article("a", is_withdrawn=True))

    add(mailroom, opened, 1, 2)
    add(mailroom, opened, 2)

    assert [row.is_stale for row in mailroom.newsroom.rows(segment)] == [True, False]


def test_a_stale_segment_is_made_again_of_what_is_still_public(
    mailroom: Mailroom,
) -> None:
    opened = mailroom.plan(1, 2)
    mailroom.newsroom.take(an_article("a", is_withdrawn=True))

    left = mailroom.store.query(stale.stale_segment, 1)

    assert left.edition.id == opened.id
    assert (left.language, left.selection_id, left.article_ids) == ("ru", 1, (2,))


def test_a_replacement_goes_to_those_who_still_wait(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1, 2)
    lease = mailroom.must_lease()
    mailroom.begin(lease, 1)
    mailroom.newsroom.take(an_article("a", is_withdrawn=True))
    other = add(mailroom, opened, 2)

    mailroom.store.transact(stale.replace_segment, 1, other, mailroom.now)

    assert [row.segment_id for row in mailroom.newsroom.rows(delivery)] == [1, 2, 2]
    assert mailroom.begin(lease, 2, 3) == [Answer.BEGUN, Answer.BEGUN]


def test_who_holds_a_text_that_was_replaced_may_not_send_it(
    mailroom: Mailroom,
) -> None:
    """Law 9, with two workers: one has it made again, one read it before."""
    opened = mailroom.plan(1, 2)
    lease = mailroom.must_lease()
    held = [
        Asked(one.id, one.segment_id, one.attempts, lease)
        for one in mailroom.due(lease)
    ]
    mailroom.newsroom.take(an_article("a", is_withdrawn=True))
    other = add(mailroom, opened, 2)
    mailroom.store.transact(stale.replace_segment, 1, other, mailroom.now)

    answers = mailroom.ask(*held)

    assert answers == [Answer.STALE] * 3
    assert {mailroom.delivery(one.delivery_id).state for one in held} == {"waiting"}
    assert mailroom.begin(lease, 1, 2, 3) == [Answer.BEGUN] * 3


def test_where_nothing_is_left_the_readers_are_skipped_and_not_moved_on(
    mailroom: Mailroom,
) -> None:
    opened = mailroom.plan(1)
    mailroom.newsroom.take(an_article("a", is_withdrawn=True))

    mailroom.store.transact(
        stale.replace_segment, 1, SkipReason.WITHDRAWN, mailroom.now
    )

    assert mailroom.account(opened).skipped_by_reason == {"articles withdrawn": 3}
    assert mailroom.cursors() == [0, 0, 0]


def test_an_article_withdrawn_and_brought_back_may_go_out(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.newsroom.take(an_article("a", is_withdrawn=True))
    mailroom.newsroom.take(an_article("a"))
    held_up = mailroom.begin(lease, 1)

    again = add(mailroom, opened, 1)
    mailroom.store.transact(stale.replace_segment, 1, again, mailroom.now)

    assert held_up == [Answer.STALE]
    assert mailroom.begin(lease, 1) == [Answer.BEGUN]


@pytest.mark.postgres
@pytest.mark.parametrize("is_there", [False, True], ids=["new", "kept before"])
def test_who_composes_waits_for_who_is_withdrawing(
    postgres_store: Store, newsroom_on_postgres: Newsroom, *, is_there: bool
) -> None:
    mailroom = with_readers(newsroom_on_postgres)
    opened = opened_edition(mailroom)
    if is_there:
        add(mailroom, opened, 1)
    has_withdrawn, may_commit = threading.Event(), threading.Event()
    withdrawn = an_arrival(an_article("a", is_withdrawn=True), source_id=1)

    def withdraw_slowly(tx: Transaction) -> None:
        articles.take_in(tx, withdrawn, mailroom.newsroom.tree, mailroom.now)
        has_withdrawn.set()
        may_commit.wait(10)

    with ThreadPoolExecutor(2) as pool:
        withdrawing = pool.submit(postgres_store.transact, withdraw_slowly)
        has_withdrawn.wait(10)
        composing = pool.submit(add, mailroom, opened, 1)
        wait([composing], timeout=0.3)
        may_commit.set()
        withdrawing.result()
        composing.result()

    assert [row.is_stale for row in mailroom.newsroom.rows(segment)] == [True]


@pytest.mark.postgres
def test_a_planner_that_comes_second_leaves_chunks_as_they_are(
    postgres_store: Store, newsroom_on_postgres: Newsroom
) -> None:
    mailroom = with_readers(newsroom_on_postgres)
    opened = opened_edition(mailroom)
    enlist(mailroom, opened, a_segment_text(1))
    has_cut, may_commit = threading.Event(), threading.Event()

    def cut_slowly(tx: Transaction) -> int:
        count = enlisting.cut_chunks(tx, opened, 500)
        has_cut.set()
        may_commit.wait(10)
        return count

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(postgres_store.transact, cut_slowly)
        has_cut.wait(10)
        second = pool.submit(postgres_store.transact, enlisting.cut_chunks, opened, 500)
        wait([second], timeout=0.3)
        may_commit.set()
        first.result()
        second.result()

    for _ in range(2):
        mailroom.store.transact(enlisting.open_chunks, opened, mailroom.now)
    first_chunk = mailroom.newsroom.rows(chunk)[0].id
    chunks = {row.chunk_id for row in mailroom.newsroom.rows(delivery)}
    assert chunks == {first_chunk}


def test_no_chunk_may_be_had_before_all_are_cut(mailroom: Mailroom) -> None:
    opened = opened_edition(mailroom)
    enlist(mailroom, opened, a_segment_text(1))

    last = mailroom.store.transact(enlisting.cut_chunks, opened, 1, most=2)
    early = mailroom.lease()
    end = mailroom.store.transact(enlisting.cut_chunks, opened, 1, last)
    count = mailroom.store.transact(enlisting.open_chunks, opened, mailroom.now)

    assert (last, early, end, count) == (2, None, 3, 3)
    assert mailroom.store.transact(enlisting.cut_chunks, opened, 1, end) == 0
    assert [mailroom.lease() is not None for _ in range(4)] == [True] * 3 + [False]


def test_who_opens_chunks_again_opens_none_that_is_finished(mailroom: Mailroom) -> None:
    opened = mailroom.plan(1)
    lease = mailroom.must_lease()
    mailroom.send_all(lease)
    mailroom.release(lease)

    mailroom.store.transact(enlisting.open_chunks, opened, mailroom.now)

    assert mailroom.lease() is None
