"""Connections are kept and shared, and given up before they can do harm."""

import asyncio
from datetime import timedelta

import pytest

from publisher.errors import TransportError
from publisher.mail.smtp import SmtpTimeouts
from publisher.model.reply import Kind, Outcome, Phase
from tests.mail.relays import (
    ENVELOPE,
    PATIENCE,
    Beginning,
    a_transport,
    an_envelope,
    relay,
)
from tests.mail.scripted_smtp import Act, Script, serving

IN_VIRTUAL_TIME = True

BYE_421 = Act("421 4.7.0 enough messages", cut=True)


async def test_messages_share_a_connection() -> None:
    async with relay() as (server, transport):
        for number in range(5):
            outcome = await transport.send(an_envelope(number), Beginning())
            assert outcome.kind is Kind.SENT

    assert server.connections == 1
    assert [taken.recipient for taken in server.taken] == [
        f"r{number}@mail.example" for number in range(5)
    ]
    assert server.commands[0][0] == "EHLO news.example"
    assert server.commands[0][-1] == "QUIT"


async def test_no_more_connections_than_allowed_and_no_fewer() -> None:
    slow = Act("250 2.0.0 ok", delay=0.03)
    async with relay({"dot": slow}, connections=4) as (server, transport):
        outcomes = await asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(20))
        )

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert server.connections == 4
    assert len(server.taken) == 20


async def test_a_connection_is_left_politely_after_its_share_of_messages() -> None:
    async with relay(messages_per_connection=3) as (server, transport):
        for number in range(7):
            await transport.send(an_envelope(number), Beginning())

    assert [lines.count(".") for lines in server.commands] == [3, 3, 1]
    assert all(lines[-1] == "QUIT" for lines in server.commands)


@pytest.mark.parametrize("act", [BYE_421, Act(cut=True), Act(reset=True)])
async def test_a_relay_that_hangs_up_every_few_messages_costs_nothing(act: Act) -> None:
    good = Act("250 2.1.0 ok")
    # Two good ones on each connection, then the relay gives it up at MAIL.
    script: Script = {"mail": [good, good, *[act, good, good] * 20]}
    async with relay(script) as (server, transport):
        begin = Beginning()
        outcomes = [await transport.send(an_envelope(n), begin) for n in range(20)]

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert len(server.taken) == 20
    assert begin.count == 20


@pytest.mark.parametrize("act", [Act("451 4.7.1 slow down", cut=True), Act("451 no")])
async def test_a_relay_that_asks_for_less_on_a_kept_connection_is_heard(
    act: Act, way: str
) -> None:
    script: Script = {"mail": [Act("250 2.1.0 ok"), act]}
    async with relay(script, pipelines=way == "pipelined") as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        outcome = await transport.send(an_envelope(2), Beginning())

    assert (outcome.kind, outcome.phase, outcome.code) == (Kind.RETRY, Phase.MAIL, 451)
    assert outcome.is_throttle
    assert server.connections == 1


@pytest.mark.parametrize("act", [BYE_421, Act(cut=True)])
async def test_a_new_connection_given_up_at_mail_is_not_tried_twice(act: Act) -> None:
    async with relay({"mail": act}) as (server, transport):
        outcome = await transport.send(ENVELOPE, Beginning())

    assert outcome.kind is Kind.RETRY
    assert server.connections == 1


@pytest.mark.parametrize(
    ("phase", "kind"),
    [("rcpt", Kind.RETRY), ("data", Kind.RETRY), ("dot", Kind.DOUBT)],
)
@pytest.mark.parametrize("act", [BYE_421, Act(cut=True), Act(hang=True)])
async def test_a_kept_connection_that_fails_later_is_not_tried_twice(
    phase: str, kind: Kind, act: Act
) -> None:
    good = Act({"rcpt": "250 ok", "data": "354 go", "dot": "250 ok"}[phase])
    begin = Beginning()
    async with relay({phase: [good, act]}) as (server, transport):
        await transport.send(an_envelope(1), begin)
        outcome = await transport.send(an_envelope(2), begin)

    has_reply = act is BYE_421
    assert outcome.kind is (Kind.RETRY if has_reply else kind)
    assert server.connections == 1
    assert len(server.taken) == 1
    assert begin.count <= 2


async def test_a_kept_connection_without_anybody_behind_it_is_replaced() -> None:
    good = Act("250 2.1.0 ok")
    async with relay({"mail": [good, Act(hang=True)]}) as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        outcome = await transport.send(an_envelope(2), Beginning())

    assert outcome.kind is Kind.SENT
    assert server.connections == 2


async def test_a_connection_idle_for_a_while_is_tried_before_it_is_used() -> None:
    async with relay(check_after=timedelta(0)) as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        await asyncio.sleep(0.01)
        await transport.send(an_envelope(2), Beginning())

    assert server.connections == 1
    assert server.commands[0].count("RSET") == 1


@pytest.mark.parametrize("act", [Act(hang=True), Act(cut=True), Act("421 bye")])
async def test_a_connection_that_fails_the_trial_is_replaced(act: Act) -> None:
    script = {"rset": act}
    async with relay(script, check_after=timedelta(0)) as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        await asyncio.sleep(0.01)
        outcome = await transport.send(an_envelope(2), Beginning())

    assert outcome.kind is Kind.SENT
    assert server.connections == 2


async def test_a_connection_idle_for_too_long_is_left() -> None:
    async with relay(max_idle=timedelta(0)) as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        await asyncio.sleep(0.01)
        await transport.send(an_envelope(2), Beginning())

    assert server.connections == 2
    assert server.commands[0][-1] == "QUIT"


async def test_a_connection_closed_by_the_relay_while_idle_is_replaced() -> None:
    script: Script = {"dot": [Act("250 ok", raw=b"250 ok\r\n421 idle\r\n", cut=True)]}
    async with relay(script) as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        await asyncio.sleep(0.02)
        outcome = await transport.send(an_envelope(2), Beginning())

    assert outcome.kind is Kind.SENT
    assert server.connections == 2


async def test_a_reply_too_many_is_never_taken_for_another_messages() -> None:
    script: Script = {"dot": [Act("250 ok", raw=b"250 one\r\n250 too many\r\n")]}
    async with relay(script) as (server, transport):
        await transport.send(an_envelope(1), Beginning())
        outcomes = [
            await transport.send(an_envelope(number), Beginning())
            for number in range(2, 6)
        ]

    sent = {n for n, outcome in enumerate(outcomes, 2) if outcome.kind is Kind.SENT}
    taken = {taken.recipient for taken in server.taken}
    assert {f"r{n}@mail.example" for n in sent} <= taken
    assert len(server.taken) == len(taken)


async def test_a_withdrawn_message_is_taken_back_on_the_same_connection() -> None:
    async with relay(pipelines=False) as (server, transport):
        stopped = await transport.send(an_envelope(1), Beginning(may_go=False))
        sent = await transport.send(an_envelope(2), Beginning())

    assert (stopped.kind, sent.kind) == (Kind.STOPPED, Kind.SENT)
    assert server.connections == 1
    verbs = [line.split(" ")[0] for line in server.commands[0]]
    assert verbs == [
        "EHLO",
        "MAIL",
        "RCPT",
        "RSET",
        "MAIL",
        "RCPT",
        "DATA",
        ".",
        "QUIT",
    ]


async def test_a_refused_reader_leaves_the_connection_for_the_next() -> None:
    async with relay({"rcpt": [Act("550 5.1.1 nobody")]}) as (server, transport):
        begin = Beginning()
        refused = await transport.send(an_envelope(1), begin)
        assert begin.count == 0
        sent = await transport.send(an_envelope(2), begin)

    assert (refused.kind, sent.kind) == (Kind.REFUSED, Kind.SENT)
    assert server.connections == 1


@pytest.mark.parametrize("phase", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
async def test_after_a_cancelled_message_none_gets_its_reply(phase: str) -> None:
    patient = SmtpTimeouts(check=PATIENCE)
    late = Act("250 2.0.0 meant for the cancelled one", delay=0.1)
    async with relay({phase: [late]}, timeouts=patient) as (server, transport):
        task = asyncio.create_task(transport.send(an_envelope(1), Beginning()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        outcome = await transport.send(an_envelope(2), Beginning())
        await asyncio.sleep(0.1)

    assert outcome.kind is Kind.SENT
    assert outcome.text == "2.0.0 Ok: queued as 4F1B2"
    assert server.connections == 2
    assert server.taken[-1].recipient == "r2@mail.example"


async def test_closing_waits_for_a_message_under_way() -> None:
    slow = Act("250 2.0.0 ok", delay=0.05)
    async with relay({"dot": slow}) as (server, transport):
        task = asyncio.create_task(transport.send(ENVELOPE, Beginning()))
        await asyncio.sleep(0.03)

        await transport.close()

        assert (await task).kind is Kind.SENT
    assert server.commands[0][-1] == "QUIT"


async def test_closing_ends_within_its_time_and_names_the_doubt() -> None:
    async with relay({"dot": Act(hang=True)}, timeouts=SmtpTimeouts()) as (
        _,
        transport,
    ):
        task = asyncio.create_task(transport.send(ENVELOPE, Beginning()))
        await asyncio.sleep(0.05)

        async with asyncio.timeout(1):
            await transport.close()
            outcome = await task

    assert outcome.kind is Kind.DOUBT


@pytest.mark.parametrize("phase", ["greeting", "ehlo", "auth"])
@pytest.mark.parametrize("delay", [0.6, 3600])
async def test_closing_ends_a_message_whose_connection_is_being_opened(
    phase: str, delay: float
) -> None:
    offer = Act("250-relay.example\r\n250 AUTH PLAIN")
    script: Script = {"ehlo": offer, phase: Act("250 not so fast", delay=delay)}
    login = {"username": "news", "password": "a password"}
    begin = Beginning()
    async with relay(script, timeouts=SmtpTimeouts(), **login) as (server, transport):
        sending = asyncio.create_task(transport.send(ENVELOPE, begin))
        await asyncio.sleep(0.1)

        await transport.close()
        outcome = await asyncio.wait_for(sending, 0.01)
        await asyncio.sleep(1)

    assert outcome.kind is Kind.RETRY
    assert begin.count == 0
    assert not any(line.startswith("MAIL") for line in server.commands[0])


async def test_no_message_goes_over_a_connection_tried_while_it_closes() -> None:
    script: Script = {"rset": Act("250 ok", delay=0.1), "quit": Act(hang=True)}
    begin = Beginning()
    async with relay(script, connections=2, check_after=timedelta(0)) as (
        server,
        transport,
    ):
        await asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(2))
        )
        await asyncio.sleep(0.01)
        sending = asyncio.create_task(transport.send(ENVELOPE, begin))
        await asyncio.sleep(0.05)
        await transport.close()
        with pytest.raises(TransportError):
            await sending

    assert begin.count == 0
    assert len(server.taken) == 2


async def test_closing_does_not_wait_for_a_relay_that_says_no_good_bye() -> None:
    async with relay({"quit": Act(hang=True)}, connections=3) as (_, transport):
        await asyncio.gather(
            *(transport.send(an_envelope(n), Beginning()) for n in range(3))
        )

        async with asyncio.timeout(1):
            await transport.close()


async def test_messages_that_still_wait_when_it_closes_are_turned_away() -> None:
    slow = Act("250 2.0.0 ok", delay=0.05)
    async with relay({"dot": slow}, pipelines=False) as (server, transport):
        tasks = [
            asyncio.create_task(transport.send(an_envelope(n), Beginning()))
            for n in range(5)
        ]
        await asyncio.sleep(0.03)
        await transport.close()
        ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(ended[0], Outcome)
    assert all(isinstance(other, TransportError) for other in ended[1:])
    assert len(server.taken) == 1


async def test_nothing_happens_before_the_first_message() -> None:
    async with serving() as server:
        transport = a_transport(server)
        await transport.close()

    assert server.connections == 0
