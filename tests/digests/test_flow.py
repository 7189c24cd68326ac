"""A digest goes out once per slot, with each article once, and nothing is lost."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest

from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.reply import Kind, Outcome, Phase
from publisher.model.rubric import RubricTree
from publisher.store import Store
from publisher.store.readers import suppress
from tests.digests.desk import Desk, a_tree

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store)


def titles(envelope: Envelope) -> list[str]:
    """Return the articles named in the text part of a message, in order."""
    part = message_from_bytes(envelope.message).get_payload(0)
    text = base64.b64decode(part.get_payload()).decode()  # type: ignore[union-attr, arg-type]
    return list(dict.fromkeys(re.findall(r"Заголовок (\S+)", text)))


def recipients(desk: Desk) -> list[str]:
    return sorted(envelope.recipient for envelope in desk.transport.sent)


async def test_a_reader_gets_the_articles_of_the_chosen_subtree_at_the_hour(
    desk: Desk,
) -> None:
    desk.join("a@reader.example", rubrics=("politika",))
    desk.publish("vybory-1", ["vybory"])
    desk.publish("sport-1", ["sport"])

    assert await desk.run(timedelta(minutes=59)) == 0
    assert await desk.run(timedelta(minutes=1)) == 1

    (envelope,) = desk.transport.sent
    assert envelope.recipient == "a@reader.example"
    assert titles(envelope)[0] == "vybory-1"
    message = message_from_bytes(envelope.message)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"


async def test_sweeping_and_sending_again_does_nothing_twice(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    await desk.run(HOUR)

    other = desk.new_planner()
    for _ in range(3):
        other.sweep()
        assert await desk.run(timedelta(minutes=1)) == 0

    assert recipients(desk) == ["a@reader.example"]


async def test_an_article_filed_under_two_rubrics_arrives_once(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("both", ["politika", "sport"])

    await desk.run(HOUR)
    await desk.run(DAY)

    assert [titles(envelope) for envelope in desk.transport.sent] == [["both"]]


async def test_an_article_moved_or_edited_after_it_was_sent_does_not_come_again(
    desk: Desk,
) -> None:
    desk.join("a@reader.example", rubrics=("politika", "kultura"))
    published_at = desk.clock.now()
    desk.publish("one", ["politika"])
    await desk.run(HOUR)

    desk.publish("one", ["kultura"], title="Заголовок one", published_at=published_at)
    desk.publish("two", ["sport"])
    await desk.run(DAY)

    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"]]


async def test_an_article_moved_into_a_rubric_reaches_its_readers_who_had_not_seen_it(
    desk: Desk,
) -> None:
    desk.join("culture@reader.example", rubrics=("kultura",))
    published_at = desk.clock.now()
    desk.publish("one", ["politika"])
    await desk.run(HOUR)

    desk.publish("one", ["kultura"], published_at=published_at)
    await desk.run(DAY)

    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"]]


async def test_a_back_dated_article_comes_in_the_next_edition(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("first")
    await desk.run(HOUR)

    desk.publish("late", published_at=desk.clock.now() - timedelta(days=3))
    await desk.run(DAY)

    assert titles(desk.transport.sent[-1])[0] == "late"


def closed(key: str) -> RubricTree:
    """Return the rubrics of the newsroom with one of them closed."""
    return RubricTree(tuple(replace(one, is_closed=one.key == key) for one in a_tree()))


async def test_what_a_closed_rubric_held_back_comes_when_it_opens(desk: Desk) -> None:
    desk.join("a@reader.example", rubrics=("politika", "sport"))
    desk.publish("before", ["politika"])
    desk.publish("match", ["sport"])

    desk.plant(closed("politika"))
    desk.publish("meanwhile", ["politika"])
    await desk.run(HOUR)
    desk.plant(a_tree())
    await desk.run(DAY)

    first, second = map(titles, desk.transport.sent)
    assert first[0] == "match"  # The others are in the strip of headlines from outside.
    assert sorted(second) == ["before", "meanwhile"]


async def test_a_rubric_that_opens_again_brings_nothing_that_its_reader_had(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.join("b@reader.example", rubrics=("politika",))
    desk.publish("had")
    await desk.run(HOUR)
    desk.publish("had as well", ["vybory"])
    await desk.run(DAY)
    desk.transport.sent.clear()

    desk.plant(closed("politika"))
    await desk.run(DAY)
    desk.plant(a_tree())
    desk.publish("new")
    await desk.run(DAY)

    assert [titles(envelope) for envelope in desk.transport.sent] == [["new"], ["new"]]


async def test_what_a_closed_rubric_has_does_not_make_an_edition_thick_enough(
    desk: Desk,
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], min_articles=3)
    desk.join("a@reader.example")
    desk.publish("one", ["politika"])
    desk.publish("two", ["politika"])
    desk.publish("three", ["kultura"])

    desk.plant(closed("politika"))
    await desk.run(HOUR)

    assert desk.accounts()[0].skipped_by_reason == {"too thin": 1}


async def test_an_embargoed_article_waits_for_its_time(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("secret", embargo_until=desk.clock.now() + timedelta(hours=30))
    desk.publish("open")

    await desk.run(HOUR)
    await desk.run(DAY)
    await desk.run(DAY)

    assert [titles(envelope) for envelope in desk.transport.sent] == [
        ["open"],
        ["secret"],
    ]


async def test_articles_of_a_failed_delivery_come_with_the_next_edition(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    refused = Outcome(kind=Kind.REFUSED, phase=Phase.RCPT, code=550, text="no")
    desk.transport.answers.append(refused)
    await desk.run(HOUR)

    desk.publish("two")
    await desk.run(DAY)

    assert sorted(titles(desk.transport.sent[0])) == ["one", "two"]
    assert desk.accounts()[1].by_state == {DeliveryState.FAILED: 1}


async def test_a_message_in_doubt_is_held_and_its_articles_roll_over(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    desk.transport.answers.append(Outcome(kind=Kind.DOUBT, phase=Phase.DOT))
    await desk.run(HOUR)
    await desk.run(HOUR)

    assert desk.transport.sent == []
    assert desk.accounts()[0].by_state == {DeliveryState.HELD: 1}

    await desk.run(DAY)
    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"]]


async def test_a_retry_is_byte_identical(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    seen: list[bytes] = []

    class Greylisting:
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            del begin
            seen.append(envelope.message)
            return Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="later")

        async def close(self) -> None:
            pass

    desk.clock.move(HOUR)
    desk.planner.sweep()
    await desk.new_sender(Greylisting()).send_ready()
    desk.publish("one", title="Заголовок другой")
    await desk.run(timedelta(minutes=10))

    assert [envelope.message for envelope in desk.transport.sent] == seen


async def test_a_message_that_is_refused_for_now_expires_with_its_slot(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    later = Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="later")
    desk.transport.answers.extend([later] * 100)

    await desk.run(HOUR)
    for _ in range(30):
        await desk.run(timedelta(minutes=20))

    account = desk.accounts()[0]
    assert account.by_state == {DeliveryState.EXPIRED: 1}
    assert account.error == 0


async def test_who_leaves_while_mail_is_queued_gets_none(desk: Desk) -> None:
    left = desk.join("left@reader.example")
    desk.join("stays@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.membership.leave(left.id, origin="test")
    await desk.run()

    assert recipients(desk) == ["stays@reader.example"]
    assert desk.accounts()[0].skipped_by_reason == {"left": 1}


async def test_a_suppressed_address_is_never_written_to(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    now = desk.clock.now()
    desk.store.transact(suppress, "a@reader.example", "complaint", now)

    await desk.run(HOUR)

    assert recipients(desk) == []
    assert desk.accounts()[0].skipped_by_reason == {"suppressed": 1}


async def test_an_article_withdrawn_after_composing_is_not_sent(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.join("b@reader.example", rubrics=("sport",))
    published_at = desk.clock.now()
    desk.publish("good", ["politika"])
    desk.publish("bad", ["sport"])
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.publish("bad", ["sport"], is_withdrawn=True, published_at=published_at)
    await desk.run()

    assert [titles(envelope) for envelope in desk.transport.sent] == [["good"]]
    assert desk.accounts()[0].skipped_by_reason == {"articles withdrawn": 1}


async def test_no_empty_mail_is_sent_when_all_is_withdrawn_or_moved(
    desk: Desk,
) -> None:
    desk.join("a@reader.example", rubrics=("politika",))
    published_at = desk.clock.now()
    desk.publish("moved", ["politika"])
    desk.publish("bad", ["politika"])
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.publish("moved", ["sport"], published_at=published_at)
    desk.publish("bad", ["politika"], is_withdrawn=True, published_at=published_at)
    await desk.run()

    assert desk.transport.sent == []
    assert desk.accounts()[0].skipped_by_reason == {"nothing new": 1}


async def test_an_article_that_moves_back_is_not_lost(desk: Desk) -> None:
    desk.join("a@reader.example", rubrics=("politika",))
    published_at = desk.clock.now()
    desk.publish("moved", ["politika"])
    desk.publish("bad", ["politika"])
    desk.publish("good", ["politika"])
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.publish("moved", ["sport"], published_at=published_at)
    desk.publish("bad", ["politika"], is_withdrawn=True, published_at=published_at)
    await desk.run()
    desk.publish("moved", ["politika"], published_at=published_at)
    await desk.run(timedelta(days=1))

    first, second = map(titles, desk.transport.sent)
    assert first[0] == "good"  # "moved" is in the strip of headlines from outside.
    assert second == ["moved"]


async def test_what_is_composed_again_is_for_the_rubrics_of_each_reader(
    desk: Desk,
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], latest=0)
    desk.join("news@reader.example", rubrics=("novosti",))
    desk.join("politics@reader.example", rubrics=("politika",))
    published_at = desk.clock.now()
    for name in ("good", "moved", "bad"):
        desk.publish(name)
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.publish("moved", ["sport"], published_at=published_at)
    desk.publish("bad", is_withdrawn=True, published_at=published_at)
    await desk.run()

    got = {envelope.recipient: titles(envelope) for envelope in desk.transport.sent}
    assert sorted(got.pop("news@reader.example")) == ["good", "moved"]
    assert got == {"politics@reader.example": ["good"]}


async def test_what_is_behind_the_link_to_more_was_had_by_who_chose_it_alone(
    desk: Desk,
) -> None:
    desk.rules["utro"] = replace(desk.rules["utro"], latest=0, max_articles=1)
    desk.join("sport@reader.example", rubrics=("politika", "sport"))
    desk.join("culture@reader.example", rubrics=("politika", "kultura"))
    desk.publish("goal", ["sport"])
    desk.publish("opera", ["kultura"])
    desk.clock.move(timedelta(minutes=5))
    desk.publish("one")
    await desk.run(HOUR)
    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"], ["one"]]
    desk.transport.sent.clear()

    desk.publish("goal", ["kultura"])
    await desk.run(DAY)

    [envelope] = desk.transport.sent
    assert envelope.recipient == "culture@reader.example"
    assert titles(envelope) == ["goal"]


async def test_an_edition_that_a_withdrawal_makes_too_thin_waits(desk: Desk) -> None:
    desk.join("a@reader.example", "nedelya", hour="17:00")
    published_at = desk.clock.now()
    for name in ("a", "b", "c"):
        desk.publish(name)
    desk.clock.move(timedelta(days=4, hours=11))
    desk.planner.sweep()

    desk.publish("c", is_withdrawn=True, published_at=published_at)
    await desk.run()
    desk.publish("d")
    await desk.run(timedelta(days=7))

    assert desk.accounts()[1].skipped_by_reason == {"too thin": 1}
    assert [set(titles(envelope)) for envelope in desk.transport.sent] == [
        {"a", "b", "d"}
    ]


async def test_an_empty_edition_is_skipped_with_its_reason(desk: Desk) -> None:
    desk.join("a@reader.example")

    await desk.run(HOUR)

    assert recipients(desk) == []
    assert desk.accounts()[0].skipped_by_reason == {"nothing new": 1}


async def test_a_thin_edition_waits_and_carries_its_articles_over(desk: Desk) -> None:
    desk.join("a@reader.example", "nedelya", hour="17:00")
    desk.publish("a")
    await desk.run(timedelta(days=4, hours=11))
    assert desk.transport.sent == []

    desk.publish("b")
    desk.publish("c")
    await desk.run(timedelta(days=7))

    assert sorted(titles(desk.transport.sent[0])) == ["a", "b", "c"]


async def test_a_broken_template_stops_one_segment_and_not_the_others(
    store: Store, tmp_path: object
) -> None:
    folder = tmp_path / "email" / "digest"  # type: ignore[operator]
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text(
        "{% if language.code == 'kk' %}{{ nothing.here }}{% endif %}Выпуск",
        encoding="utf-8",
    )
    desk = Desk(store=store, folder=tmp_path)  # type: ignore[arg-type]
    desk.join("ru@reader.example", language="ru")
    desk.join("kk@reader.example", language="kk")
    desk.publish("one")
    desk.publish("bir", language="kk")

    await desk.run(HOUR)

    assert recipients(desk) == ["ru@reader.example"]
    assert desk.accounts()[0].skipped_by_reason == {"could not be composed": 1}


async def test_readers_in_other_zones_get_it_at_their_own_hour(desk: Desk) -> None:
    desk.join("almaty@reader.example")
    desk.join("moscow@reader.example", zone="Europe/Moscow")
    desk.publish("one")

    await desk.run(HOUR)
    assert recipients(desk) == ["almaty@reader.example"]

    await desk.run(2 * HOUR)
    assert recipients(desk) == ["almaty@reader.example", "moscow@reader.example"]


async def test_an_instant_digest_follows_every_article(desk: Desk) -> None:
    desk.join("a@reader.example", "srazu", rubrics=("politika",))
    desk.publish("one")
    await desk.run(timedelta(seconds=5))
    desk.publish("elsewhere", ["sport"])
    await desk.run(timedelta(minutes=1))
    desk.publish("two")
    await desk.run(timedelta(minutes=1))
    await desk.run(timedelta(minutes=1))

    assert [titles(envelope)[0] for envelope in desk.transport.sent] == ["one", "two"]


async def test_an_instant_article_of_the_same_minute_comes_a_minute_later(
    desk: Desk,
) -> None:
    desk.join("a@reader.example", "srazu")
    desk.publish("one")
    await desk.run(timedelta(seconds=5))
    desk.publish("two")
    await desk.run(timedelta(seconds=5))
    await desk.run(timedelta(minutes=1))

    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"], ["two"]]


async def test_an_instant_message_under_way_is_not_overtaken(desk: Desk) -> None:
    desk.join("a@reader.example", "srazu")
    desk.publish("one")
    later = Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="later")
    desk.transport.answers.append(later)
    await desk.run(timedelta(seconds=5))
    desk.publish("two")
    for _ in range(12):
        await desk.run(timedelta(minutes=1))

    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"], ["two"]]


async def test_a_slot_missed_for_too_long_does_not_fire_by_itself(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("one")

    await desk.run(timedelta(hours=20))
    assert recipients(desk) == []
    await desk.run(timedelta(hours=5))

    assert [titles(envelope) for envelope in desk.transport.sent] == [["one"]]


async def test_a_relay_in_trouble_is_left_alone_and_costs_no_reader_anything(
    desk: Desk,
) -> None:
    for name in "abcdef":
        desk.join(f"{name}@reader.example")
    desk.publish("one")
    trouble = Outcome(kind=Kind.RELAY, phase=Phase.CONNECT, text="refused")
    desk.transport.answers.extend([trouble] * 3)

    await desk.run(HOUR)
    await desk.run(timedelta(minutes=2))
    await desk.run(timedelta(minutes=2))

    assert len(recipients(desk)) == 6
    assert desk.accounts()[0].by_state == {DeliveryState.SENT: 6}


async def test_the_accounting_equation_holds_after_all_of_it(desk: Desk) -> None:
    for name in "abc":
        desk.join(f"{name}@reader.example")
    desk.publish("one")
    desk.transport.answers.extend(
        [
            Outcome(kind=Kind.REFUSED, phase=Phase.RCPT, code=550),
            Outcome(kind=Kind.DOUBT, phase=Phase.DOT),
        ]
    )

    await desk.run(HOUR)

    (account,) = desk.accounts()
    assert account.error == 0
    assert account.due == 3
    assert account.waiting == 0
