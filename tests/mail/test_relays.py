"""Each message goes through the relay it names."""

import asyncio

import pytest

from publisher.errors import TransportError
from publisher.mail.relays import Relays
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind
from tests.mail.relays import MESSAGE, Beginning, a_transport
from tests.mail.scripted_smtp import Act, serving

IN_VIRTUAL_TIME = True


def to(relay: str) -> Envelope:
    return Envelope("b@news.example", "r@mail.example", MESSAGE, "d1", relay=relay)


async def test_each_message_goes_through_the_relay_it_names() -> None:
    async with serving() as one, serving() as two:
        relays = Relays({"one": a_transport(one), "two": a_transport(two)})
        for name in ("two", "one", "two", ""):
            assert (await relays.send(to(name), Beginning())).kind is Kind.SENT
        await relays.close()

    assert (len(one.taken), len(two.taken)) == (2, 2)


async def test_a_relay_that_there_is_not_is_named_with_those_there_are() -> None:
    async with serving() as one:
        relays = Relays({"one": a_transport(one)})
        with pytest.raises(TransportError, match=r'no relay "two" \(there are one\)'):
            await relays.send(to("two"), Beginning())
        await relays.close()


async def test_relays_close_together() -> None:
    slow = Act("250 2.0.0 ok", delay=0.2)
    async with serving({"dot": slow}) as one, serving({"dot": slow}) as two:
        relays = Relays({"one": a_transport(one), "two": a_transport(two)})
        tasks = [
            asyncio.create_task(relays.send(to(name), Beginning()))
            for name in ("one", "two")
        ]
        await asyncio.sleep(0.1)
        before = asyncio.get_running_loop().time()
        await relays.close()
        took = asyncio.get_running_loop().time() - before

        assert [(await task).kind for task in tasks] == [Kind.SENT] * 2
    assert took < 0.2
