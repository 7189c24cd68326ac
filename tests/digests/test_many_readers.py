"""However many readers there are, they are served some at a time, and each is."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from typing_extensions import override

from publisher.audience.choosing import Wish
from publisher.digests import composing
from publisher.digests.composing import Composer
from publisher.model.article import Article
from publisher.model.delivery import DeliveryState, SkipReason
from publisher.model.rubric import RubricTree
from publisher.store import Store, Transaction, editions, enlisting, groups
from publisher.store.editions import EditionRow
from publisher.store.readers import suppress
from publisher.store.reading import load_articles
from publisher.store.segments import SegmentText
from tests.digests.desk import Desk
from tests.digests.test_trouble import planner_with

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOBODY = timedelta(0)


@pytest.fixture
def desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a newsroom that serves two readers and two groups at a time."""
    monkeypatch.setattr(enlisting, "READERS_AT_ONCE", 2)
    monkeypatch.setattr(groups, "GROUPS_AT_ONCE", 2)
    desk = Desk(store=store)
    desk.rules["utro"] = replace(desk.rules["utro"], first_reach=NOBODY)
    return desk


def most_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> list[int]:
    """Return a list of how much each answer to a question holds from now on."""
    query, held = desk.store.query, list[int]()

    def watched(work: Callable[..., Any], *args: object, **named: object) -> object:
        found = query(work, *args, **named)
        if work.__name__ == name:
            held.append(len(found))
        return found

    monkeypatch.setattr(desk.store, "query", watched)
    return held


def recipients(desk: Desk) -> list[str]:
    return sorted(one.recipient.partition("@")[0] for one in desk.transport.sent)


async def test_what_is_listed_again_goes_to_whoever_of_a_group_has_not_had_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    had = [f"a{number}" for number in range(5)]
    new = [f"b{number}" for number in range(5)]
    for name in had:
        desk.join(f"{name}@reader.example")
    desk.publish("one")
    await desk.run(HOUR)
    assert recipients(desk) == had
    desk.transport.sent.clear()
    for name in new:
        desk.join(f"{name}@reader.example")

    desk.publish("one", rubrics=("politika", "sport"))
    held = most_at_once(desk, monkeypatch, "already_sent")
    await desk.run(DAY)

    assert max(held) == 2
    assert recipients(desk) == new
    assert desk.accounts()[0].by_state == {
        DeliveryState.SENT: 5,
        DeliveryState.SKIPPED: 5,
    }


async def test_of_many_articles_only_those_that_are_printed_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], max_articles=3, latest=0)
    desk.join("a@reader.example")
    for number in range(20):
        desk.publish(f"n{number}")
    read: list[int] = []

    def noted(
        tx: Transaction, ids: Sequence[int], tree: RubricTree
    ) -> dict[int, Article]:
        read.append(len(ids))
        return load_articles(tx, ids, tree)

    monkeypatch.setattr(composing, "load_articles", noted)
    await desk.run(HOUR)
    await desk.run(DAY)

    assert set(read) == {3}
    assert recipients(desk) == ["a"], "what did not fit counts as had"


async def test_as_many_groups_as_readers_are_read_page_by_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = [("politika",), ("sport",), ("politika", "sport"), ("kultura",)]
    for number, rubrics in enumerate(choices):
        desk.join(f"r{number}@reader.example", rubrics=rubrics)
        desk.join(f"k{number}@reader.example", rubrics=rubrics, language="kk")
    for language in ("ru", "kk"):
        desk.publish(f"one-{language}", (*choices[2], *choices[3]), language)

    held = most_at_once(desk, monkeypatch, "groups_of")
    await desk.run(HOUR)

    assert max(held) == 2
    assert recipients(desk) == sorted(f"{a}{n}" for a in "rk" for n in range(4))


async def test_who_changes_rubrics_while_the_edition_is_planned_gets_it_too(
    desk: Desk,
) -> None:
    for number in range(3):
        desk.join(f"r{number}@reader.example", rubrics=("sport",))
    last = desk.join("last@reader.example", rubrics=("politika",))
    desk.join("other@reader.example", rubrics=("politika",))
    desk.publish("one", rubrics=("politika", "sport"))

    class Changing(Composer):
        @override
        def compose(
            self, tx: Transaction, row: EditionRow, *args: object, **named: object
        ) -> SegmentText | None:
            wish = Wish(digest="utro", rubrics=("sport",))
            if named["selection"] == last.choice.selection:  # Sport has been served.
                desk.membership.change(last.id, wish, origin="test", wording="Да.")
            return super().compose(tx, row, *args, **named)  # type: ignore[arg-type]

    desk.planner = planner_with(desk, Changing)
    await desk.run(HOUR)

    assert Counter(recipients(desk)) == Counter(["last", "other", "r0", "r1", "r2"])


async def test_readers_who_may_not_be_written_to_cost_no_composing(desk: Desk) -> None:
    for name in ("anna", "bolat"):
        desk.join(f"{name}@reader.example", rubrics=("politika",))
    desk.join("sport@reader.example", rubrics=("sport",))
    desk.publish("one", rubrics=("politika", "sport"))
    for name in ("anna", "bolat"):
        desk.store.transact(
            suppress, f"{name}@reader.example", "complaint", desk.clock.now()
        )
    composed: list[str] = []

    class Counting(Composer):
        @override
        def compose(
            self, tx: Transaction, row: EditionRow, *args: object, **named: object
        ) -> SegmentText | None:
            composed.append(str(named["selection"]))
            return super().compose(tx, row, *args, **named)  # type: ignore[arg-type]

    desk.planner = planner_with(desk, Counting)
    await desk.run(HOUR)

    assert recipients(desk) == ["sport"]
    assert len(composed) == 1
    (account,) = desk.accounts()
    assert account.due == 3
    assert account.skipped_by_reason == {SkipReason.SUPPRESSED.value: 2}


async def test_readers_of_an_instant_digest_who_may_not_be_written_to_are_counted(
    desk: Desk,
) -> None:
    for name in ("anna", "bolat"):
        desk.join(f"{name}@reader.example", "srazu")
    now = desk.clock.now()
    desk.store.transact(suppress, "anna@reader.example", "complaint", now)

    for key in ("one", "two"):
        desk.publish(key)
        await desk.run(HOUR)

    assert recipients(desk) == ["bolat", "bolat"]
    for account in desk.accounts():
        assert account.due == 2
        assert account.skipped_by_reason == {SkipReason.SUPPRESSED.value: 1}


def test_hours_that_no_reader_has_any_more_open_no_editions(desk: Desk) -> None:
    anna = desk.join("anna@reader.example")
    desk.join("bolat@reader.example", hour="21")
    desk.membership.leave(anna.id, origin="test")

    for _ in range(48):
        desk.clock.move(HOUR)
        desk.planner.sweep()

    found = desk.store.query(editions.list_editions, 100)
    assert [row.slot[11:] for row in found] == ["21:00", "21:00"]
