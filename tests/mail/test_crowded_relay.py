"""A relay that takes fewer connections than we would open is sent to over those."""

import asyncio

import pytest

from publisher.mail.smtp.pool import CROWDED_FOR
from publisher.model.reply import Kind
from tests.mail.relays import Beginning, a_transport, an_envelope, relay
from tests.mail.scripted_smtp import Act

IN_VIRTUAL_TIME = True


async def test_a_relay_that_takes_fewer_connections_is_sent_to_over_those(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow = Act("250 2.0.0 ok", delay=0.2)
    async with relay({"dot": slow}, connections=8) as (server, transport):
        server.limit = 3
        begin = Beginning()
        outcomes = await asyncio.gather(
            *(transport.send(an_envelope(n), begin) for n in range(150))
        )

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert begin.count == len(server.taken) == 150
    # All at the same time once, and then one every five of ten seconds.
    assert server.connections - 3 <= 5 + 2
    assert caplog.text.count("relay.crowded") == 1


async def test_what_leaves_a_crowded_relay_has_left_before_another_comes() -> None:
    bye = Act("221 2.0.0 bye", delay=0.1)
    script = {"dot": Act("250 2.0.0 ok", delay=0.1), "quit": bye}
    async with relay(script, connections=4, messages_per_connection=5) as (
        server,
        transport,
    ):
        server.limit = 1
        outcomes = await asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(40))
        )

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert server.connections == 8 + 3


async def test_a_relay_that_takes_more_connections_again_gets_them() -> None:
    slow = Act("250 2.0.0 ok", delay=0.2)
    async with relay({"dot": slow}, connections=8) as (server, transport):
        server.limit = 2
        sending = asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(400))
        )
        await asyncio.sleep(10)
        server.limit = 8
        await asyncio.sleep(7)
        standing = server.standing
        outcomes = await sending

    assert standing == 8
    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}


async def test_a_relay_that_takes_no_connection_tells_one_message_after_the_other() -> (
    None
):
    busy = Act("421 4.7.0 try later", cut=True)
    loop = asyncio.get_running_loop()
    async with relay({"greeting": busy}, connections=8) as (server, transport):
        begun_at = loop.time()
        outcomes = await asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(20))
        )
        took = loop.time() - begun_at

    assert {(outcome.kind, outcome.code) for outcome in outcomes} == {(Kind.RETRY, 421)}
    # All at the same time once, then one alone every few seconds.
    assert server.connections == 8 + 20
    assert took == pytest.approx(20 * CROWDED_FOR, rel=0.05)


async def test_messages_wait_while_others_of_ours_have_all_connections() -> None:
    slow = Act("250 2.0.0 ok", delay=0.2)
    async with relay({"dot": slow}, connections=4) as (server, first):
        server.limit = 4
        second = a_transport(server, connections=4)
        long_run = asyncio.gather(
            *(first.send(an_envelope(n), Beginning()) for n in range(60))
        )
        await asyncio.sleep(0.1)
        begin = Beginning()
        crowded = asyncio.gather(
            *(second.send(an_envelope(n), begin) for n in range(60, 80))
        )
        await long_run
        await first.close()
        outcomes = await crowded
        await second.close()

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert begin.count == 20
    assert len(server.taken) == 80


async def test_a_process_gets_in_once_another_has_nothing_left_to_send() -> None:
    slow = Act("250 2.0.0 ok", delay=0.2)
    async with relay({"dot": slow}, connections=4) as (server, first):
        server.limit = 4
        await asyncio.gather(
            *(first.send(an_envelope(n), Beginning()) for n in range(8))
        )
        second = a_transport(server, connections=4)
        outcomes = await asyncio.gather(
            *(second.send(an_envelope(n), Beginning()) for n in range(20))
        )
        await second.close()

    kinds = [outcome.kind for outcome in outcomes]
    # One each time that the first has not yet left.
    assert kinds.count(Kind.RETRY) <= 3
    assert kinds.count(Kind.SENT) >= 17


async def test_a_transport_that_waits_for_room_closes_at_once() -> None:
    loop = asyncio.get_running_loop()
    async with relay(connections=4) as (server, transport):
        server.limit = 0
        waiting = asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(6)),
            return_exceptions=True,
        )
        await asyncio.sleep(1)
        asked_at = loop.time()
        await transport.close()
        assert loop.time() - asked_at < 1
        assert {type(each).__name__ for each in await waiting} == {"TransportError"}
