"""The next message's commands ride with the dot of the last; its content never."""

import asyncio
import tempfile
from contextlib import suppress

import pytest

from publisher.mail.smtp import SmtpTimeouts
from publisher.mail.transport import Transport
from publisher.model.reply import Kind, Outcome, Phase
from tests.mail.latency_sink import distant_sink
from tests.mail.relays import PATIENCE, Beginning, a_transport, an_envelope, relay
from tests.mail.scripted_smtp import Act, Script, ScriptedServer

IN_VIRTUAL_TIME = True

PATIENT = SmtpTimeouts(check=PATIENCE)
SLOW_DOT = Act("250 2.0.0 first", delay=1)


async def send_many(transport: Transport, count: int, tasks: int) -> list[Outcome]:
    """Send messages as the delivery loop does: so many tasks, one after the other."""
    numbers = iter(range(count))
    outcomes: list[Outcome] = []

    async def work() -> None:
        for number in numbers:
            outcome = await transport.send(an_envelope(number), Beginning())
            outcomes.append(outcome)

    await asyncio.gather(*(work() for _ in range(tasks)))
    return outcomes


async def test_a_message_costs_one_round_trip() -> None:
    async with distant_sink(latency=0.05) as sink:
        transport = a_transport(
            ScriptedServer(host=sink.host), connections=4, timeouts=PATIENT
        )
        started_at = asyncio.get_running_loop().time()
        outcomes = await send_many(transport, 200, tasks=8)
        took = asyncio.get_running_loop().time() - started_at
        await transport.close()

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert sorted(sink.recipients) == sorted(f"r{n}@mail.example" for n in range(200))
    assert sink.flights / 200 <= 1.1
    assert took / 0.05 * 4 / 200 <= 1.1


async def test_a_relay_without_pipelining_is_asked_one_thing_at_a_time() -> None:
    async with relay(pipelines=False, timeouts=PATIENT) as (server, transport):
        await send_many(transport, 3, tasks=3)

    verbs = [line.split(" ")[0] for line in server.commands[0]]
    assert verbs == ["EHLO", *["MAIL", "RCPT", "DATA", "."] * 3, "QUIT"]


async def test_no_connection_has_more_than_one_message_between_begin_and_end() -> None:
    open_now: set[int] = set()
    most = 0
    script: Script = {"dot": [Act("250 ok", delay=0.1 * (n % 3)) for n in range(60)]}
    async with relay(script, connections=3, timeouts=PATIENT) as (server, transport):

        async def send(number: int) -> None:
            async def begin() -> bool:
                nonlocal most
                open_now.add(number)
                most = max(most, len(open_now))
                await asyncio.sleep(0.01)
                return True

            await transport.send(an_envelope(number), begin)
            open_now.remove(number)

        await asyncio.gather(*(send(number) for number in range(60)))

    assert most == 3
    assert len(server.taken) == 60
    assert server.connections == 3


async def rider(
    script: Script, first: Beginning, second: Beginning
) -> tuple[Outcome, Outcome, ScriptedServer]:
    """Send two messages over one connection, the second riding with the first's dot."""
    async with relay(script, timeouts=PATIENT) as (server, transport):
        one = asyncio.create_task(transport.send(an_envelope(1), first))
        await asyncio.sleep(0.5)
        two = asyncio.create_task(transport.send(an_envelope(2), second))
        outcomes = await one, await two
    return *outcomes, server


async def test_the_next_message_rides_with_the_dot_of_the_last() -> None:
    first, second, server = await rider({"dot": [SLOW_DOT]}, Beginning(), Beginning())

    assert (first.text, second.kind) == ("2.0.0 first", Kind.SENT)
    assert server.connections == 1
    assert [taken.recipient for taken in server.taken] == [
        "r1@mail.example",
        "r2@mail.example",
    ]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Act(delay=1, cut=True), Kind.DOUBT),
        (Act(delay=1, reset=True), Kind.DOUBT),
        (Act(hang=True), Kind.DOUBT),
        (Act(raw=b"what?\r\n", delay=1), Kind.DOUBT),
        (Act("421 4.7.0 slow down", delay=1), Kind.RETRY),
        (Act("421 4.7.0 slow down", delay=1, cut=True), Kind.RETRY),
    ],
)
async def test_a_message_that_rode_with_a_lost_one_goes_over_another_connection(
    fault: Act, kind: Kind
) -> None:
    first, second, server = await rider({"dot": [fault]}, Beginning(), Beginning())

    assert (first.kind, first.phase) == (kind, Phase.DOT)
    assert second.kind is Kind.SENT
    assert server.connections == 2
    assert [taken.recipient for taken in server.taken] == ["r2@mail.example"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("450 4.7.1 greylisted", Kind.RETRY), ("554 5.7.1 spam", Kind.CONTENT)],
)
async def test_a_refused_message_harms_none_that_rode_with_it(
    reply: str, kind: Kind
) -> None:
    script: Script = {"dot": [Act(reply, delay=1)]}
    first, second, server = await rider(script, Beginning(), Beginning())

    assert (first.kind, second.kind) == (kind, Kind.SENT)
    assert server.connections == 1


async def test_a_message_refused_while_riding_harms_neither_neighbour() -> None:
    accepted = Act("250 2.1.5 ok")
    script: Script = {
        "dot": [SLOW_DOT],
        "rcpt": [accepted, Act("550 5.1.1 nobody")],
    }
    begin = Beginning()
    async with relay(script, timeouts=PATIENT) as (server, transport):
        tasks = [
            asyncio.create_task(transport.send(an_envelope(n), begin)) for n in range(3)
        ]
        outcomes = await asyncio.gather(*tasks)

    assert [o.kind for o in outcomes] == [Kind.SENT, Kind.REFUSED, Kind.SENT]
    assert begin.count == 2
    assert server.connections == 1


async def test_a_relay_that_lets_the_content_of_a_refused_message_come_is_left() -> (
    None
):
    script: Script = {"rcpt": [Act("550 5.1.1 nobody")], "data": Act("354 go ahead")}
    async with relay(script, timeouts=PATIENT) as (server, transport):
        refused = await transport.send(an_envelope(1), Beginning())
        sent = await transport.send(an_envelope(2), Beginning())

    assert (refused.kind, sent.kind) == (Kind.REFUSED, Kind.SENT)
    assert server.connections == 2
    assert [taken.recipient for taken in server.taken] == ["r2@mail.example"]


async def test_a_withdrawn_message_is_never_ended_by_a_dot() -> None:
    script: Script = {"dot": [SLOW_DOT]}
    first, second, server = await rider(script, Beginning(), Beginning(may_go=False))

    assert (first.kind, second.kind) == (Kind.SENT, Kind.STOPPED)
    assert len(server.taken) == 1
    assert server.commands[0][-1] == "DATA"


async def test_after_a_withdrawal_the_next_ones_cost_no_connection() -> None:
    async with relay(timeouts=PATIENT, connections=1) as (server, transport):
        for number in range(6):
            may_go = number % 2 == 1
            await transport.send(an_envelope(number), Beginning(may_go=may_go))

    assert server.connections == 2
    assert [taken.recipient for taken in server.taken] == [
        f"r{number}@mail.example" for number in (1, 3, 5)
    ]


async def test_a_cancelled_rider_leaves_the_message_before_its_reply() -> None:
    async with relay({"dot": [SLOW_DOT]}, timeouts=PATIENT) as (server, transport):
        one = asyncio.create_task(transport.send(an_envelope(1), Beginning()))
        await asyncio.sleep(0.5)
        two = asyncio.create_task(transport.send(an_envelope(2), Beginning()))
        await asyncio.sleep(0.1)
        two.cancel()
        with pytest.raises(asyncio.CancelledError):
            await two

        assert (await one).text == "2.0.0 first"
        third = await transport.send(an_envelope(3), Beginning())

    assert third.text == "2.0.0 Ok: queued as 4F1B2"
    assert server.connections == 2
    assert [taken.recipient for taken in server.taken] == [
        "r1@mail.example",
        "r3@mail.example",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"250 one\r\n250 too many\r\n",
        b"250 one\r\n250 a\r\n250 b\r\n",
        b"250 one\r\n550 5.1.1 too many\r\n",
        b"250 one\r\n354 too many\r\n",
        b"250 one\r\n250 a\r\n250 b\r\n354 c\r\n",
    ],
)
async def test_a_relay_out_of_step_never_makes_a_message_count_as_sent(
    raw: bytes,
) -> None:
    script: Script = {"dot": [Act("250 one", raw=raw, delay=1)]}
    first, second, server = await rider(script, Beginning(), Beginning())

    assert first.kind is Kind.SENT
    taken = [each.recipient for each in server.taken]
    assert taken.count("r1@mail.example") == 1
    if second.kind is Kind.SENT:
        assert taken.count("r2@mail.example") == 1
    else:
        assert second.kind in {Kind.RETRY, Kind.REFUSED, Kind.RELAY, Kind.DOUBT}


async def test_a_relay_wins_no_time_by_dripping() -> None:
    """It sends an endless reply to MAIL, byte by byte, each well within the time."""
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-drip.example\r\n250 PIPELINING\r\n")
        await reader.readline()
        while not reader.at_eof():
            writer.write(b"2")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.readline()
        writer.close()
        ended.set()

    with tempfile.TemporaryDirectory() as folder:
        host = f"{folder}/relay"
        async with await asyncio.start_unix_server(drip, host):
            transport = a_transport(ScriptedServer(host=host))
            outcome = await transport.send(an_envelope(1), Beginning())
            await transport.close()
            await ended.wait()

    assert (outcome.kind, outcome.phase) == (Kind.RETRY, Phase.MAIL)
    assert outcome.text == "no reply within 0.25 seconds"


@pytest.mark.parametrize("pipelines", [True, False])
async def test_a_relay_that_goes_while_a_message_is_begun_leaves_no_doubt(
    *,
    pipelines: bool,
) -> None:
    """Nothing of the content was written, so it may be tried again."""
    async with relay({"data": Act("354 go", cut=True)}, pipelines=pipelines) as (
        server,
        transport,
    ):

        async def begin() -> bool:
            await asyncio.sleep(0.1)  # The disk; meanwhile the connection ends.
            return True

        outcome = await transport.send(an_envelope(1), begin)

    assert outcome.kind is Kind.RETRY
    assert outcome.phase is Phase.DATA
    assert server.taken == []
