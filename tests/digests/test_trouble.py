"""One group's, reader's or zone's trouble stops no other; nor do clocks, crashes."""

import asyncio
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from typing_extensions import override

from publisher.digests import planning
from publisher.digests.composing import Composer
from publisher.digests.planning import Planner
from publisher.errors import SubscriberError
from publisher.mail.return_path import name_in_return_path
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store, Transaction, editions, leases, ledger, timetables
from publisher.store.due import due_deliveries
from publisher.store.ledger import Asked
from publisher.store.readers import suppress
from publisher.store.schema.editions import segment
from publisher.store.segments import SegmentText
from tests.digests.desk import Desk, RecordingTransport

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store)


def recipients(desk: Desk) -> list[str]:
    return sorted(envelope.recipient for envelope in desk.transport.sent)


def planner_with(desk: Desk, kind: type[Composer]) -> Planner:
    """Return the desk's planner with another kind of composer."""
    composer = desk.planner.composer
    values = {field.name: getattr(composer, field.name) for field in fields(composer)}
    return replace(desk.planner, composer=kind(**values))


def run_sql(tx: Transaction, statement: str) -> None:
    tx.execute(text(statement))


async def test_a_group_that_cannot_be_composed_stops_no_other(desk: Desk) -> None:
    desk.join("kk@reader.example", language="kk")
    desk.join("ru@reader.example", language="ru")
    desk.publish("bir", language="kk")
    desk.publish("one")

    class Failing(Composer):
        @override
        def compose(self, *args: Any, **wanted: Any) -> SegmentText | None:
            if wanted["language"] == "kk":
                message = "nobody thought of this"
                raise KeyError(message)
            return super().compose(*args, **wanted)

    desk.planner = planner_with(desk, Failing)

    await desk.run(HOUR)

    assert recipients(desk) == ["ru@reader.example"]
    (account,) = desk.accounts()
    assert account.skipped_by_reason == {"could not be composed": 1}


async def test_readers_of_a_language_that_is_gone_are_still_served(desk: Desk) -> None:
    desk.join("kk@reader.example", language="kk")
    desk.publish("bir", language="kk")
    sites = {"ru": desk.planner.composer.sites["ru"]}
    composer = replace(desk.planner.composer, sites=sites)
    desk.planner = replace(desk.planner, composer=composer)

    await desk.run(HOUR)

    assert recipients(desk) == ["kk@reader.example"]


async def test_a_zone_nobody_knows_stops_no_other(desk: Desk) -> None:
    desk.join("lost@reader.example", zone="Europe/Moscow")
    desk.join("a@reader.example")
    desk.publish("one")
    broken = (
        "UPDATE timetable SET zone = 'Mars/Olympus', next_due_at = '2026-01-01'"
        " WHERE zone = 'Europe/Moscow'"
    )
    desk.store.transact(run_sql, broken)

    await desk.run(HOUR)

    assert recipients(desk) == ["a@reader.example"]


async def test_so_many_zones_that_nobody_knows_stop_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "_AT_ONCE", 2)
    for number in range(3):
        desk.join(f"lost{number}@reader.example", hour=f"{number}", zone="Asia/Aqtau")
        desk.join(f"gone{number}@reader.example", "srazu", zone="Asia/Aqtau")
    desk.join("a@reader.example")
    desk.join("b@reader.example", "srazu")
    desk.publish("one")
    gone = "SET zone = 'Mars/' || id WHERE zone = 'Asia/Aqtau'"
    desk.store.transact(run_sql, f"UPDATE timetable {gone}")
    past = "SET next_due_at = '2026-01-01' WHERE zone LIKE 'Mars/%'"
    desk.store.transact(run_sql, f"UPDATE timetable {past}")

    await desk.run(HOUR)

    assert recipients(desk) == ["a@reader.example", "b@reader.example"]


async def test_a_clock_that_was_ahead_does_not_silence_a_digest(desk: Desk) -> None:
    desk.join("a@reader.example")
    before = desk.clock.now()
    desk.clock.move(timedelta(days=365))
    desk.planner.sweep()
    desk.clock.move_to(before)
    desk.publish("one")

    await desk.run(HOUR)
    await desk.run(DAY)

    assert recipients(desk) == ["a@reader.example"]


async def test_an_edition_whose_planning_broke_off_does_not_take_the_next_one_along(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    now = desk.clock.move(HOUR)
    (row,) = desk.store.query(timetables.due_timetables, now, 10)
    slot = row.timetable.last_slot(now)
    desk.store.transact(
        editions.open_edition,
        row,
        slot,
        expires_at=now + HOUR,
        next_due_at=row.timetable.next_slot(now).due_at,
        now=now,
    )

    await desk.run(DAY)

    assert recipients(desk) == ["a@reader.example"]
    states = {e.state for e in desk.store.query(editions.list_editions, 10)}
    assert states == {"closed"}


async def test_an_edition_that_turns_out_to_be_for_nobody_is_forgotten(
    desk: Desk,
) -> None:
    reader = desk.join("a@reader.example", "srazu")
    desk.publish("one")

    class Leaving(Composer):
        @override
        def compose(self, *args: Any, **wanted: Any) -> SegmentText | None:
            desk.membership.leave(reader.id, origin="test")
            return super().compose(*args, **wanted)

    desk.planner = planner_with(desk, Leaving)
    await desk.run(timedelta(seconds=5))

    assert desk.store.query(editions.list_editions, 10) == []


async def test_one_message_that_breaks_leaves_the_verdicts_of_the_others(
    desk: Desk,
) -> None:
    for name in "abcdef":
        desk.join(f"{name}@reader.example")
    desk.publish("one")

    class Breaking(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            await asyncio.sleep(0)
            if envelope.recipient.startswith("c"):
                message = "something nobody thought of"
                raise RuntimeError(message)
            return await super().send(envelope, begin)

    desk.clock.move(HOUR)
    desk.planner.sweep()
    transport = Breaking()
    await desk.new_sender(transport).send_ready()

    assert len(transport.sent) == 5
    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.SENT: 5, DeliveryState.FAILED: 1}


async def test_an_address_that_cannot_be_written_to_stops_no_other(desk: Desk) -> None:
    for name in "abc":
        desk.join(f"{name}@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()
    damaged = "UPDATE subscriber SET email = 'b\r\nBcc: x' WHERE email LIKE 'b@%'"
    desk.store.transact(run_sql, damaged)

    await desk.new_sender().send_ready()

    assert recipients(desk) == ["a@reader.example", "c@reader.example"]
    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.SENT: 2, DeliveryState.FAILED: 1}


async def test_a_verdict_survives_a_store_that_fails_for_a_moment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        desk.join(f"{name}@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()
    transact = desk.store.transact
    failures = iter([False, True, True, False, False, False, True])

    def shaky(work: object, *args: object, **kwargs: object) -> object:
        name = getattr(work, "__name__", "")
        if name == "_write" and next(failures, False):
            message = "the disk is away"
            raise OSError(message)
        return transact(work, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store, "transact", shaky)
    sender = desk.new_sender()
    for _ in range(4):
        await sender.send_ready()
    monkeypatch.undo()
    await desk.run(timedelta(minutes=1))

    assert recipients(desk) == [f"{name}@reader.example" for name in "abc"]
    (account,) = desk.accounts()
    assert account.by_state == {DeliveryState.SENT: 3}


async def test_trouble_of_the_relay_does_not_use_up_a_readers_ladder(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()
    away = Outcome(kind=Kind.RETRY, phase=Phase.CONNECT, text="connection refused")
    later = Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="greylisted")
    full = replace(later, phase=Phase.MAIL)
    desk.transport.answers += [away, away, away, full, away, later]
    for _ in range(8):
        desk.clock.move(timedelta(minutes=2))
        await desk.new_sender().send_ready()
    assert desk.transport.answers == []

    desk.clock.move(timedelta(minutes=6))
    await desk.new_sender().send_ready()

    assert recipients(desk) == ["a@reader.example"]


async def test_an_instant_reader_whose_message_is_held_gets_what_came_meanwhile(
    desk: Desk,
) -> None:
    desk.join("a@reader.example", "srazu")
    desk.publish("one")
    now = desk.clock.now()
    desk.planner.sweep()
    lease = desk.store.transact(leases.lease_chunk, now, now + timedelta(minutes=5))
    assert lease is not None
    (due,) = desk.store.query(due_deliveries, lease, now)
    desk.store.transact(
        ledger.begin, [Asked(due.id, due.segment_id, due.attempts, lease)], now
    )
    desk.clock.move(timedelta(minutes=1))
    desk.publish("two")
    desk.planner.sweep()

    await desk.run(timedelta(minutes=10))
    await desk.run(timedelta(minutes=1))

    assert due.attempts == 0
    assert recipients(desk) == ["a@reader.example"]


async def test_a_retry_is_the_same_whatever_the_configuration_says_by_then(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    seen: list[bytes] = []

    class Greylisting(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            del begin
            seen.append(envelope.message)
            return Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="later")

    desk.clock.move(HOUR)
    desk.planner.sweep()
    await desk.new_sender(Greylisting()).send_ready()
    desk.clock.move(timedelta(minutes=10))
    sender = desk.new_sender()
    sender.outlet.addressing = replace(
        desk.addressing, sender_names={"ru": "Другая"}, base_url="https://other.example"
    )
    await sender.send_ready()

    assert [envelope.message for envelope in desk.transport.sent] == seen


async def test_a_retry_is_the_same_whatever_templates_and_articles_say_by_then(
    desk: Desk, tmp_path: Path
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    seen: list[bytes] = []

    class Greylisting(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            del begin
            seen.append(envelope.message)
            return Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="later")

    desk.clock.move(HOUR)
    desk.planner.sweep()
    await desk.new_sender(Greylisting()).send_ready()
    desk.clock.move(timedelta(minutes=10))
    desk.publish("one", title="Другой заголовок")
    folder = tmp_path / "email" / "digest"
    folder.mkdir(parents=True)
    (folder / "body.txt").write_text("Всё другое {{ personal.leave_url }}")
    desk.folder = tmp_path
    desk.planner = desk.new_planner()
    await desk.new_sender().send_ready()

    [sent] = desk.transport.sent
    assert [sent.message] == seen
    name = name_in_return_path(sent.sender, desk.addressing.tokens.secret)
    assert str(name) == sent.envelope_id == sent.key


async def test_what_digests_share_is_kept_once(desk: Desk) -> None:
    for name, rubrics in (("a", ()), ("b", ("politika",)), ("c", ("sport",))):
        desk.join(f"{name}@reader.example", rubrics=rubrics)
    for number in range(4):
        desk.publish(f"p{number}", ("politika",))
        desk.publish(f"s{number}", ("sport",))

    await desk.run(HOUR)

    def joined(tx: Transaction) -> list[list[int]]:
        return list(tx.execute(select(segment.c.pieces)).scalars())

    rows = desk.store.query(joined)
    used = [number for row in rows for number in row]
    assert len(rows) == len(desk.transport.sent) == 3
    assert len(set(used)) < len(used) * 0.8


def test_a_suppressed_address_cannot_join(desk: Desk) -> None:
    now = desk.clock.now()
    desk.store.transact(suppress, "a@reader.example", "complaint", now)

    with pytest.raises(SubscriberError, match="complaint"):
        desk.join("a@reader.example")


def test_a_clock_that_is_set_back_makes_no_pause_of_a_relay_longer(desk: Desk) -> None:
    outlet = desk.new_sender().outlet
    outlet.pause(Outcome(kind=Kind.RELAY, phase=Phase.CONNECT))
    assert outlet.is_shut

    desk.clock.move(timedelta(hours=-3))

    assert not outlet.is_shut
