"""Many messages are signed by another process, which changes nothing about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from publisher.digests import chunk_run
from publisher.digests.sending import Sender
from publisher.mail.dkim.signing import Signer, Unsigned
from publisher.mail.dkim.signing_process import SigningProcess
from publisher.store import Store
from tests.digests.desk import Desk
from tests.mail.test_dkim import DOMAIN, ED25519, RSA
from tests.mail.verifying import verdicts

SIGNER = Signer(DOMAIN, (RSA, ED25519))
FEW = chunk_run.APART - 1


class Watched(SigningProcess):
    """Counts what it is asked for, and waits for leave to answer."""

    def __init__(self) -> None:
        super().__init__(SIGNER.keys)
        self.asked = 0
        self.may_sign = asyncio.Event()
        self.may_sign.set()

    @override
    async def sign(self, unsigned: Unsigned) -> Sequence[bytes]:
        self.asked += 1
        await self.may_sign.wait()
        return await super().sign(unsigned)


@pytest.fixture
def desk(store: Store) -> Desk:
    """Return a newsroom on either database."""
    return Desk(store=store)


def due(desk: Desk, readers: int) -> None:
    """Let a digest be due for so many readers."""
    for number in range(readers):
        desk.join(f"reader{number}@reader.example", "srazu")
    desk.publish("one")
    desk.planner.sweep()


def signing_sender(desk: Desk) -> tuple[Sender, Watched]:
    """Return a sender that signs, and what it has signed by another process."""
    sender = desk.new_sender()
    outlet = sender.outlet
    outlet.addressing = replace(outlet.addressing, signer=SIGNER)
    outlet.signing = watched = Watched()
    return sender, watched


@pytest.mark.parametrize(("readers", "asked"), [(FEW, 0), (FEW + 1, FEW + 1)])
async def test_only_many_messages_are_worth_a_process(
    desk: Desk, readers: int, asked: int
) -> None:
    due(desk, readers)
    sender, watched = signing_sender(desk)

    assert await sender.send_ready() == readers

    assert watched.asked == asked
    messages = [one.message for one in desk.transport.sent]
    assert len({one.recipient for one in desk.transport.sent}) == readers
    for message in (messages[0], messages[-1]):
        assert verdicts(message, SIGNER) == [True, True]


async def test_what_waits_for_its_signature_is_not_sent_after_a_stop(
    desk: Desk,
) -> None:
    due(desk, FEW + 1)
    sender, watched = signing_sender(desk)
    watched.may_sign.clear()

    sending = asyncio.create_task(sender.send_ready())
    async with asyncio.timeout(10):
        while watched.asked < sender.outlet.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    sender.stop()
    watched.may_sign.set()

    assert await sending == 0
    assert not desk.transport.sent
    again, _ = signing_sender(desk)
    assert await again.send_ready() == FEW + 1
