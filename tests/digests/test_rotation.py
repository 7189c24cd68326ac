"""The signing secret may be changed at any time, even between two tries."""

import base64
from datetime import timedelta

import pytest
from typing_extensions import override

from publisher.mail.transport import Begin, Envelope
from publisher.model.reply import Kind, Outcome, Phase
from publisher.model.token import TokenKeys
from publisher.store import Store
from tests.digests.desk import Desk, RecordingTransport

HOUR = timedelta(hours=1)
OLD = b"k" * 32
ROTATED = TokenKeys({1: OLD, 2: b"n" * 32}, 2)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store)


class Greylisting(RecordingTransport):
    """Takes nothing at the first try."""

    @override
    async def send(self, envelope: Envelope, begin: Begin) -> Outcome:
        del begin
        self.sent.append(envelope)
        return Outcome(kind=Kind.RETRY, phase=Phase.RCPT, code=450, text="later")


async def test_a_retry_under_a_new_secret_is_the_same_message(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    greylisting = Greylisting()
    desk.clock.move(HOUR)
    desk.planner.sweep()
    await desk.new_sender(greylisting).send_ready()

    desk.tokens = ROTATED
    desk.clock.move(timedelta(minutes=10))
    await desk.new_sender().send_ready()

    [sent], [tried] = desk.transport.sent, greylisting.sent
    assert sent.message == tried.message


async def test_what_is_composed_under_a_new_secret_is_signed_with_it(
    desk: Desk,
) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    await desk.run(HOUR)

    desk.tokens = ROTATED
    desk.planner = desk.new_planner()
    desk.publish("two")
    await desk.run(timedelta(days=1))

    before, after = (_leave_token(sent) for sent in desk.transport.sent)
    assert _key_number(before) == 1
    assert _key_number(after) == 2


async def test_a_secret_that_was_thrown_away_stops_no_message(desk: Desk) -> None:
    desk.join("a@reader.example")
    desk.publish("one")
    desk.clock.move(HOUR)
    desk.planner.sweep()

    desk.tokens = TokenKeys({2: b"n" * 32}, 2)
    await desk.new_sender().send_ready()

    [sent] = desk.transport.sent
    assert _key_number(_leave_token(sent)) == 2


def _leave_token(sent: Envelope) -> str:
    head = sent.message.decode("ascii").replace("\r\n ", "")
    return head.partition("/u/")[2][:32]


def _key_number(token: str) -> int:
    return base64.urlsafe_b64decode(token)[1]
