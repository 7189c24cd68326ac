"""A letter is composed once, goes at once, and is never sent twice by itself."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from publisher.digests.installation import Choice, Installation
from publisher.digests.letters_first import LettersFirst as LetterPace
from publisher.digests.letters_first import letters_first
from publisher.digests.limits import Limits
from publisher.digests.pacing import FreePace
from publisher.errors import TransportError
from publisher.mail.linting.linter import lint_message
from publisher.mail.linting.specimen import take_apart
from publisher.mail.message_name import LetterName
from publisher.mail.return_path import name_in_return_path
from publisher.mail.transport import Begin, Envelope
from publisher.model.delivery import DeliveryState
from publisher.model.gate import Terms
from publisher.model.letter import LETTERS
from publisher.model.pace import parse_rate
from publisher.model.reply import Kind, Outcome, Phase
from publisher.store import Store, letter_doubts, letter_queue
from publisher.store.readers import suppress
from tests.digests.desk import RecordingTransport
from tests.digests.letterbox import LetterDesk
from tests.digests.test_paced_sending import shared_pace

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOT_NOW = Outcome(kind=Kind.RETRY, phase=Phase.DOT, code=451, text="not now")
REFUSED = Outcome(kind=Kind.REFUSED, phase=Phase.RCPT, code=550, text="no such user")
LOST = Outcome(kind=Kind.DOUBT, phase=Phase.DOT, text="connection lost")


@pytest.fixture
def desk(store: Store) -> LetterDesk:
    return LetterDesk(store=store)


@pytest.fixture
def sqlite_desk(sqlite_store: Store) -> LetterDesk:
    return LetterDesk(store=sqlite_store)


def states(desk: LetterDesk) -> list[DeliveryState]:
    return [row.state for row in desk.letters()]


async def test_a_letter_goes_at_once_and_once(desk: LetterDesk) -> None:
    desk.post()

    assert await desk.send_letters() == 1
    assert await desk.send_letters(DAY) == 0

    (envelope,) = desk.transport.sent
    assert envelope.recipient == "a@reader.example"
    assert envelope.key == f"letter-{desk.letters()[0].id}"
    assert b"/confirm/" not in envelope.message, "it is in base64"
    assert states(desk) == [DeliveryState.SENT]


@pytest.mark.parametrize("kind", LETTERS)
async def test_mailbox_providers_would_take_every_letter(
    sqlite_desk: LetterDesk, kind: str
) -> None:
    sqlite_desk.post(kind)

    await sqlite_desk.send_letters()

    (envelope,) = sqlite_desk.transport.sent
    found = [f for f in lint_message(envelope.message) if f.rule.key != "signed"]
    assert found == []


async def test_a_letter_names_addresses_in_their_own_script(
    sqlite_desk: LetterDesk,
) -> None:
    mailbox = "aigul@xn--80afhh0d.xn--80ao21a"
    sqlite_desk.post("confirm", to=mailbox)
    sqlite_desk.post("address", new=mailbox)

    await sqlite_desk.send_letters()

    for envelope in sqlite_desk.transport.sent:
        specimen = take_apart(envelope.message)
        for part in specimen.parts:
            assert "aigul@газет.қаз" in part.text
            assert "xn--" not in part.text


async def test_a_report_about_a_letter_is_not_taken_for_one_about_a_delivery(
    sqlite_desk: LetterDesk,
) -> None:
    sqlite_desk.post()

    await sqlite_desk.send_letters()

    (envelope,) = sqlite_desk.transport.sent
    secret = sqlite_desk.tokens.secret
    number = sqlite_desk.letters()[0].id
    assert name_in_return_path(envelope.sender, secret) == LetterName(number)


async def test_a_retry_is_the_same_to_the_byte(desk: LetterDesk) -> None:
    seen = []

    class Watching(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            seen.append(envelope)
            return await super().send(envelope, begin)

    desk.transport = Watching(answers=[NOT_NOW, NOT_NOW])
    desk.post()

    for span in (timedelta(0), 10 * MINUTE, HOUR):
        await desk.send_letters(span)

    assert len(seen) == 3
    assert seen[0] == seen[1] == seen[2]
    (row,) = desk.letters()
    assert (row.state, row.attempts) == (DeliveryState.SENT, 3)


async def test_not_now_is_tried_by_the_ladder_until_its_time_is_over(
    sqlite_desk: LetterDesk,
) -> None:
    sqlite_desk.transport.answers = [NOT_NOW] * 20
    sqlite_desk.post(expires=2 * HOUR)

    tried = [await sqlite_desk.send_letters(MINUTE) for _ in range(180)]

    (row,) = sqlite_desk.letters()
    assert (row.state, sum(tried)) == (DeliveryState.EXPIRED, 5)
    assert row.reason == "not now"


async def test_an_address_that_is_refused_fails(sqlite_desk: LetterDesk) -> None:
    sqlite_desk.transport.answers = [REFUSED]
    sqlite_desk.post()

    await sqlite_desk.send_letters()

    (row,) = sqlite_desk.letters()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "no such user")


async def test_a_reply_that_is_lost_leaves_the_letter_in_doubt(
    desk: LetterDesk,
) -> None:
    desk.transport.answers = [LOST]
    desk.post()

    await desk.send_letters()

    assert states(desk) == [DeliveryState.HELD]
    assert await desk.send_letters(DAY) == 0
    assert desk.store.query(letter_doubts.count_doubts) == 1


async def test_a_process_that_dies_after_begin_leaves_a_doubt_and_no_second_letter(
    desk: LetterDesk,
) -> None:
    has_begun = asyncio.Event()

    class Dying(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            assert await begin()
            has_begun.set()
            await asyncio.sleep(3600)
            raise AssertionError

    desk.post()
    sending = asyncio.create_task(desk.letter_sender(Dying()).send_ready())
    await has_begun.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert states(desk) == [DeliveryState.BEGUN]

    await desk.send_letters(20 * MINUTE)

    assert states(desk) == [DeliveryState.HELD]
    assert desk.transport.sent == []


async def test_a_letter_that_cannot_be_composed_steps_aside_with_its_reason(
    sqlite_desk: LetterDesk,
) -> None:
    sqlite_desk.post("conform", to="a@reader.example")
    sqlite_desk.post("confirm", to="b@reader.example", expires_on="soon")
    sqlite_desk.post("confirm", to="no address")
    sqlite_desk.post("confirm", to="c@reader.example")

    await sqlite_desk.send_letters()

    assert [e.recipient for e in sqlite_desk.transport.sent] == ["c@reader.example"]
    *failed, _ = sqlite_desk.letters()
    assert [row.state for row in failed] == [DeliveryState.FAILED] * 3
    assert "there is no such kind" in failed[0].reason
    assert "is no date" in failed[1].reason


async def test_a_suppressed_address_is_not_even_named_to_the_relay(
    sqlite_desk: LetterDesk,
) -> None:
    now = sqlite_desk.clock.now()
    sqlite_desk.store.transact(suppress, "a@reader.example", "bounced", now)
    sqlite_desk.post(to="A@Reader.Example")

    assert await sqlite_desk.send_letters() == 0

    (row,) = sqlite_desk.letters()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "suppressed: bounced")


async def test_an_address_suppressed_at_the_last_moment_is_not_written_to(
    sqlite_desk: LetterDesk,
) -> None:
    desk = sqlite_desk

    class Slow(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            now = desk.clock.now()
            desk.store.transact(suppress, "a@reader.example", "complained", now)
            return await super().send(envelope, begin)

    desk.transport = Slow()
    desk.post()

    await desk.send_letters()

    assert desk.transport.sent == []
    assert states(desk) == [DeliveryState.FAILED]


async def test_a_transport_that_is_gone_costs_no_letter(
    sqlite_desk: LetterDesk,
) -> None:
    class Gone(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            msg = "closed"
            raise TransportError(msg)

    sqlite_desk.post()
    await sqlite_desk.letter_sender(Gone()).send_ready()
    assert states(sqlite_desk) == [DeliveryState.WAITING]

    await sqlite_desk.send_letters(2 * MINUTE)

    assert states(sqlite_desk) == [DeliveryState.SENT]


async def test_many_letters_to_one_provider_keep_none_to_another_waiting(
    sqlite_desk: LetterDesk,
) -> None:
    slowly = Limits(terms=Terms(rate=parse_rate("1/h")))
    sqlite_desk.pace = shared_pace(sqlite_desk, providers={"gmail": slowly})
    for number in range(80):
        sqlite_desk.post(to=f"{number}@gmail.com")
    sqlite_desk.post(to="a@mail.ru")

    await sqlite_desk.send_letters(HOUR)

    sent = [envelope.recipient for envelope in sqlite_desk.transport.sent]
    assert sorted(name.partition("@")[2] for name in sent) == ["gmail.com", "mail.ru"]
    assert states(sqlite_desk).count(DeliveryState.WAITING) == 79


async def test_letters_and_digests_of_a_process_share_one_limit(
    sqlite_desk: LetterDesk,
) -> None:
    desk = sqlite_desk
    slowly = Limits(terms=Terms(rate=parse_rate("1/min")))
    desk.pace = letters_first(
        shared_pace(desk, providers={"gmail": slowly}), desk.clock
    )
    desk.publish("one")
    for number in range(5):
        desk.join(f"{number}@gmail.com")
    desk.clock.move(HOUR)
    desk.planner.sweep()

    sent = []
    for minute in range(4):
        digests, of_letters = desk.both()
        await asyncio.gather(digests.send_ready(), of_letters.send_ready())
        sent.append([envelope.recipient for envelope in desk.transport.sent][-1])
        if minute == 1:
            desk.post(to="letter@gmail.com")
            await of_letters.send_ready()
        # Slots are 63 seconds apart; a letter that comes back later has lost its turn.
        desk.clock.move(MINUTE + timedelta(seconds=3))

    assert len(desk.transport.sent) == 4
    assert sent[2] == "letter@gmail.com"


async def test_a_store_that_fails_for_a_moment_makes_no_doubts(
    sqlite_desk: LetterDesk,
) -> None:
    sender = sqlite_desk.letter_sender()
    has_failed = asyncio.Event()

    class Failing(LetterPace):
        @override
        async def learn(self, addresses: Iterable[str]) -> None:
            if len(sqlite_desk.letters()) > 1 and not has_failed.is_set():
                has_failed.set()
                msg = "the store is away"
                raise OSError(msg)

    class Slow(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            assert await begin()
            sqlite_desk.post(to="b@reader.example")
            await has_failed.wait()
            self.sent.append(envelope)
            return Outcome(kind=Kind.SENT, phase=Phase.DOT, code=250)

    sender.pace, sender.transport = Failing(FreePace(), sqlite_desk.clock), Slow()
    sqlite_desk.post()

    assert await sender.send_ready() == 1

    assert has_failed.is_set()
    assert states(sqlite_desk)[0] is DeliveryState.SENT


async def test_no_letter_begins_before_the_verdict_on_the_one_before_it_is_recorded(
    sqlite_desk: LetterDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash would leave two in doubt on one connection."""
    desk, transact = sqlite_desk, sqlite_desk.store.transact
    refused: list[object] = []
    begun: list[int] = []
    connection = asyncio.Lock()

    def busy(work: Callable[..., object], *args: object) -> object:
        if work is letter_queue.settle and len(refused) < 2:
            refused.append(args)
            msg = "database is locked"
            raise OSError(msg)
        return transact(work, *args)

    class OneConnection(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            async def watched() -> bool:
                may_go = await begin()
                begun.append(states(desk).count(DeliveryState.BEGUN))
                return may_go

            async with connection:
                return await super().send(envelope, watched)

    monkeypatch.setattr(desk.store, "transact", busy)
    desk.transport = OneConnection()
    for number in range(4):
        desk.post(to=f"{number}@reader.example")

    await desk.send_letters()

    assert len(refused) == 2
    assert begun == [1, 1, 1, 1]
    assert states(desk) == [DeliveryState.SENT] * 4


async def test_a_stop_lets_what_is_under_way_finish(sqlite_desk: LetterDesk) -> None:
    sqlite_desk.post()
    sqlite_desk.post(to="b@reader.example")
    sender = sqlite_desk.letter_sender()

    class Stopping(RecordingTransport):
        @override
        async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
            sender.stop()
            return await super().send(envelope, begin)

    sender.transport = Stopping()

    assert await sender.send_ready() == 2
    sqlite_desk.post(to="c@reader.example")
    assert await sender.send_ready() == 0


async def test_a_store_that_was_set_back_sends_no_letter_until_somebody_says_so(
    sqlite_desk: LetterDesk, tmp_path: Path
) -> None:
    def installation(machine: str) -> Installation:
        return Installation(
            store=sqlite_desk.store,
            clock=sqlite_desk.clock,
            file=tmp_path / machine,
            host_key=machine,
            name=machine,
        )

    sqlite_desk.post(to="a@reader.example")
    await sqlite_desk.letter_sender(installation=installation("one")).send_ready()
    sqlite_desk.post(to="b@reader.example")
    other = installation("two")

    assert await sqlite_desk.letter_sender(installation=other).send_ready() == 0
    assert states(sqlite_desk)[1] is DeliveryState.WAITING
    other.confirm(Choice.HOLD)

    # It may have gone from the other machine meanwhile.
    assert states(sqlite_desk)[1] is DeliveryState.HELD
    sqlite_desk.clock.move(MINUTE)
    sqlite_desk.post(to="c@reader.example")
    assert await sqlite_desk.letter_sender(installation=other).send_ready() == 1


async def test_what_is_in_question_may_be_counted_as_sent(
    sqlite_desk: LetterDesk,
) -> None:
    sqlite_desk.post()
    now = sqlite_desk.clock.now()

    sqlite_desk.store.transact(letter_doubts.take_in_question_as_sent, now, now, now)

    assert states(sqlite_desk) == [DeliveryState.SENT]
