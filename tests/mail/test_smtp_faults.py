"""Whatever a relay does at whatever moment, each message has the outcome of its phase.

And the transport goes on afterwards: the next message to a relay that recovered
arrives.
"""

import asyncio
from datetime import timedelta

import pytest
from aiosmtplib import SMTPServerDisconnected

from publisher.mail.smtp import SmtpTimeouts
from publisher.mail.smtp.settled import why_lost
from publisher.mail.transport import Envelope
from publisher.model.reply import Kind, Phase
from tests.mail.relays import (
    ENVELOPE,
    MESSAGE,
    PATIENCE,
    Beginning,
    a_transport,
)
from tests.mail.scripted_smtp import Act, Script, serving

IN_VIRTUAL_TIME = True

SENT, RETRY, REFUSED = Kind.SENT, Kind.RETRY, Kind.REFUSED
CONTENT, RELAY, DOUBT = Kind.CONTENT, Kind.RELAY, Kind.DOUBT

CUT = Act(cut=True)
RESET = Act(reset=True)
SILENCE = Act(hang=True)
GARBAGE = Act(raw=b"!%& what is this\r\n")
NO_LINE_END = Act(raw=b"250 never ends")
ENDLESS = Act(raw=b"250-" + b"x" * 200_000)
SAYS_421 = Act("421 4.3.2 closing", cut=True)
SAYS_421_AND_STAYS = Act("421 4.3.2 closing")

FAULTS = [
    ("greeting", CUT, RETRY),
    ("greeting", RESET, RETRY),
    ("greeting", SILENCE, RETRY),
    ("greeting", GARBAGE, RETRY),
    ("greeting", SAYS_421, RETRY),
    ("greeting", Act("554 5.3.2 no service"), RELAY),
    ("greeting", Act("450 busy"), RETRY),
    ("greeting", Act("250 wrong code"), RETRY),
    ("ehlo", CUT, RETRY),
    ("ehlo", SILENCE, RETRY),
    ("ehlo", GARBAGE, RETRY),
    ("ehlo", ENDLESS, RETRY),
    ("ehlo", SAYS_421, RETRY),
    ("ehlo", Act("550 5.7.1 bad name"), RELAY),
    ("mail", CUT, RETRY),
    ("mail", RESET, RETRY),
    ("mail", SILENCE, RETRY),
    ("mail", GARBAGE, RETRY),
    ("mail", NO_LINE_END, RETRY),
    ("mail", SAYS_421, RETRY),
    ("mail", SAYS_421_AND_STAYS, RETRY),
    ("mail", Act("451 4.3.0 later"), RETRY),
    ("mail", Act("550 5.7.1 sender rejected"), RELAY),
    ("mail", Act("530 5.7.0 log in first"), RELAY),
    ("mail", Act("552 5.3.4 too big"), CONTENT),
    ("rcpt", CUT, RETRY),
    ("rcpt", RESET, RETRY),
    ("rcpt", SILENCE, RETRY),
    ("rcpt", GARBAGE, RETRY),
    ("rcpt", SAYS_421, RETRY),
    ("rcpt", SAYS_421_AND_STAYS, RETRY),
    ("rcpt", Act("450 4.2.0 greylisted"), RETRY),
    ("rcpt", Act("452 4.2.2 mailbox full"), RETRY),
    ("rcpt", Act("552 5.2.2 mailbox full"), RETRY),
    ("rcpt", Act("550 5.1.1 no such user"), REFUSED),
    ("rcpt", Act("550-5.1.1 no such\r\n550 5.1.1 user"), REFUSED),
    ("rcpt", Act("550 5.7.1 blocked by policy"), CONTENT),
    ("rcpt", Act("554 5.7.1 relay access denied"), RELAY),
    ("data", CUT, RETRY),
    ("data", RESET, RETRY),
    ("data", SILENCE, RETRY),
    ("data", GARBAGE, RETRY),
    ("data", SAYS_421, RETRY),
    ("data", Act("451 4.3.0 later"), RETRY),
    ("data", Act("554 5.7.1 refused"), CONTENT),
    ("data", Act("503 5.5.1 bad sequence"), RELAY),
    ("data", Act("250 wrong code"), RETRY),
    ("dot", CUT, DOUBT),
    ("dot", RESET, DOUBT),
    ("dot", SILENCE, DOUBT),
    ("dot", GARBAGE, DOUBT),
    ("dot", NO_LINE_END, DOUBT),
    ("dot", ENDLESS, DOUBT),
    ("dot", Act("354 go ahead once more"), DOUBT),
    ("dot", Act("250 2.0.0 queued", delay=0.5), DOUBT),
    ("dot", Act("250 2.0.0 queued", delay=0.05), SENT),
    ("dot", Act("250 2.0.0 queued", cut=True), SENT),
    ("dot", Act("250-2.0.0 queued\r\n250 as 4F1B2"), SENT),
    ("dot", SAYS_421, RETRY),
    ("dot", SAYS_421_AND_STAYS, RETRY),
    ("dot", Act("451 4.7.1 later"), RETRY),
    ("dot", Act("554 5.7.1 spam"), CONTENT),
    ("dot", Act("552 5.2.2 mailbox full"), RETRY),
    ("dot", Act("550 5.1.1 no such user"), REFUSED),
]


@pytest.mark.parametrize(
    ("phase", "act", "kind"),
    FAULTS,
    ids=[f"{p} {i} {k}" for i, (p, _, k) in enumerate(FAULTS)],
)
async def test_a_fault_has_the_outcome_of_its_phase_and_harms_no_later_message(
    phase: str, act: Act, kind: Kind, way: str
) -> None:
    begin = Beginning()
    async with serving({phase: [act]}, pipelines=way == "pipelined") as server:
        transport = a_transport(server)

        outcome = await transport.send(ENVELOPE, begin)
        later = await transport.send(ENVELOPE, begin)
        await transport.close()

    assert outcome.kind is kind
    assert later.kind is SENT
    assert server.taken[-1].message == MESSAGE
    was_begun = phase == "dot" or (phase == "data" and way == "plain")
    assert begin.count == was_begun + 1


@pytest.mark.parametrize(
    ("phase", "act"), [(p, a) for p, a, k in FAULTS if k is RETRY and not a.delay]
)
async def test_a_message_that_is_safe_to_retry_was_not_taken(
    phase: str, act: Act, way: str
) -> None:
    async with serving({phase: act}, pipelines=way == "pipelined") as server:
        transport = a_transport(server)

        outcome = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert outcome.kind is RETRY
    assert server.taken == []


@pytest.mark.parametrize("phase", ["greeting", "ehlo", "mail", "dot"])
async def test_that_a_relay_hung_up_is_told_in_words(phase: str, way: str) -> None:
    async with serving({phase: CUT}, pipelines=way == "pipelined") as server:
        transport = a_transport(server)

        outcome = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert outcome.text.endswith("connection closed by the relay")


def test_that_a_relay_broke_the_connection_is_told_in_words() -> None:
    lost = SMTPServerDisconnected("Connection lost")
    lost.__cause__ = ConnectionResetError(104, "Connection reset by peer")

    assert why_lost(lost) == "connection broken by the relay"


async def test_a_relay_that_is_not_there_is_tried_again() -> None:
    async with serving() as server:
        transport = a_transport(server)

    outcome = await transport.send(ENVELOPE, Beginning())
    await transport.close()

    assert outcome.kind is RETRY
    assert outcome.phase is Phase.CONNECT
    assert outcome.is_common


@pytest.mark.parametrize("act", [CUT, RESET])
async def test_a_long_message_cut_off_half_way_was_cut_before_the_dot(act: Act) -> None:
    long = b"x" * 70 + b"\r\n"
    envelope = Envelope("a@b.example", "c@d.example", long * 30_000, "d1")
    async with serving({"content": act, "ehlo": Act("250 relay.example")}) as server:
        transport = a_transport(server)

        outcome = await transport.send(envelope, Beginning())
        await transport.close()

    assert outcome.kind is RETRY
    assert outcome.phase is Phase.DATA


async def test_a_relay_that_answers_before_the_dot_is_believed_and_left() -> None:
    long = b"x" * 70 + b"\r\n"
    envelope = Envelope("a@b.example", "c@d.example", long * 60_000, "d1")
    refusing: Script = {
        "content": [Act("552 5.3.4 too big already", delay=0.02, hang=True)],
        "ehlo": Act("250 relay.example"),
    }
    async with serving(refusing) as server:
        transport = a_transport(server)

        outcome = await transport.send(envelope, Beginning())
        later = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert outcome.kind is CONTENT
    assert outcome.ends_connection
    assert later.kind is SENT
    assert server.connections == 2


@pytest.mark.parametrize("surplus", ["250 2.0.0 ok", "554 5.7.1 no", "354 go", "2"])
async def test_a_reply_too_many_is_not_taken_for_the_answer_to_the_dot(
    surplus: str, way: str
) -> None:
    script: Script = {
        "data": [Act("354 go", raw=f"354 go\r\n{surplus}\r\n".encode())],
        "dot": [Act("554 5.7.1 spam")],
    }
    async with serving(script, pipelines=way == "pipelined") as server:
        transport = a_transport(server)

        outcome = await transport.send(ENVELOPE, Beginning())
        later = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert (outcome.kind, outcome.phase) == (RETRY, Phase.DATA)
    assert "." not in server.commands[0]
    assert later.kind in {SENT, CONTENT}
    assert server.connections == 2


@pytest.mark.parametrize(
    ("phase", "kind"),
    [("mail", RETRY), ("rcpt", RETRY), ("dot", SENT), ("rset", SENT)],
)
async def test_a_reply_too_many_is_not_taken_for_the_next_one(
    phase: str, kind: Kind
) -> None:
    """Whoever pipelines cannot tell: there the next was asked for as well."""
    usual = Act("250 2.0.0 ok", raw=b"250 ok\r\n250 a\r\n250 b\r\n354 c\r\n")
    async with serving({phase: [usual]}, pipelines=False) as server:
        transport = a_transport(server, check_after=timedelta(0))

        outcomes = []
        for _ in range(3):
            outcomes.append(await transport.send(ENVELOPE, Beginning()))
            await asyncio.sleep(0.01)
        await transport.close()

    assert [outcome.kind for outcome in outcomes] == [kind, SENT, SENT]
    assert len(server.taken) == (3 if kind is SENT else 2)
    assert server.connections == 2


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
async def test_the_whole_transaction_is_bounded_before_the_dot(phase: str) -> None:
    patient = SmtpTimeouts(total=PATIENCE)
    async with serving({phase: [SILENCE]}) as server:
        transport = a_transport(server, timeouts=patient)

        outcome = await transport.send(ENVELOPE, Beginning())
        later = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert (outcome.kind, outcome.phase) == (RETRY, phase)
    assert later.kind is SENT


async def test_the_whole_transaction_is_bounded_after_the_dot() -> None:
    patient = SmtpTimeouts(total=PATIENCE)
    async with serving({"dot": [SILENCE]}) as server:
        transport = a_transport(server, timeouts=patient)

        outcome = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert outcome.kind is DOUBT


@pytest.mark.parametrize("pipelines", [False, True], ids=["plain", "pipelined"])
async def test_no_limit_of_time_breaks_the_record_of_a_beginning_off(
    pipelines: bool,  # noqa: FBT001 (a parameter of pytest)
) -> None:
    """What had been recorded by then, nobody would know."""
    patient = SmtpTimeouts(total=PATIENCE)
    ends: list[str] = []

    async def begin() -> bool:
        ends.append("broken off")
        await asyncio.sleep(2 * PATIENCE.total_seconds())
        ends[-1] = "recorded"
        return True

    async with serving(pipelines=pipelines) as server:
        transport = a_transport(server, timeouts=patient)
        outcomes = [await transport.send(ENVELOPE, begin) for _ in range(2)]
        await transport.close()

    assert ends == ["recorded", "recorded"]
    assert [outcome.kind for outcome in outcomes] == [SENT, SENT]
    assert len(server.taken) == 2
