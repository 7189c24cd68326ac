"""Every phase of a session, times everything a server may do there, both ways.

What follows is written down once, by phase, and not taken from the code: before the
dot the message is tried again and nobody is blamed; after it silence means doubt.
"""

import itertools

import pytest

from publisher.model.reply import Kind
from tests.mail.relays import ENVELOPE, MESSAGE, Beginning, a_transport
from tests.mail.scripted_smtp import Act, Script, serving

IN_VIRTUAL_TIME = True

LOGIN = {"username": "news", "password": "a password"}
OFFERS = "250-relay.example\r\n250-AUTH PLAIN\r\n250 8BITMIME"

FAULTS = {
    "4xx": Act("451 4.3.0 not now"),
    "5xx": Act("554 5.0.0 no"),
    "421": Act("421 4.3.2 closing", cut=True),
    "421 and stays": Act("421 4.3.2 closing"),
    "slow": Act(hang=True),
    "cut": Act(cut=True),
    "reset": Act(reset=True),
    "garbage": Act(raw=b"\x00\xff\r\n"),
    "half a line": Act(raw=b"2", hang=True),
    "no code": Act(raw=b"ok\r\n"),
    "two codes": Act(raw=b"250-a\r\n550 b\r\n"),
    "a code of none": Act("999 hm"),
    "endless": Act(raw=b"250-x\r\n" * 20_000, hang=True),
    "wrong success": Act("299 yes"),
}
PHASES = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot")
"""Where something is answered. STARTTLS needs certificates: see test_smtp_security."""

KINDS = {
    ("greeting", "5xx"): Kind.RELAY,
    ("ehlo", "5xx"): Kind.RELAY,
    ("auth", "4xx"): Kind.RELAY,
    ("auth", "5xx"): Kind.RELAY,
    ("mail", "5xx"): Kind.RELAY,
    ("rcpt", "5xx"): Kind.REFUSED,
    ("data", "5xx"): Kind.CONTENT,
    ("dot", "5xx"): Kind.CONTENT,
    # What a relay says of a message it has, it has decided.
    ("dot", "wrong success"): Kind.SENT,
}
DECIDED_AFTER_THE_DOT = {"4xx", "421", "421 and stays"}


OPENING = {"greeting", "ehlo", "auth"}


def expected(phase: str, fault: str, way: str) -> Kind:
    """Return what must become of a message.

    In a reply of two codes aiosmtplib, which reads all replies but those of a pipelined
    transaction, has the last one count (RFC 5321 section 4.2.1 allows neither).
    """
    if fault == "two codes" and (way == "plain" or phase in OPENING):
        fault = "5xx"
    if (phase, fault) in KINDS:
        return KINDS[phase, fault]
    is_doubt = phase == "dot" and fault not in DECIDED_AFTER_THE_DOT
    return Kind.DOUBT if is_doubt else Kind.RETRY


CASES = list(itertools.product(PHASES, FAULTS))


def offers(way: str) -> Act:
    """Return an EHLO reply that offers a login."""
    is_plain = way == "plain"
    return Act(
        OFFERS if is_plain else OFFERS.replace("250-A", "250-PIPELINING\r\n250-A")
    )


@pytest.mark.parametrize(("phase", "fault"), CASES, ids=[f"{p}: {f}" for p, f in CASES])
async def test_a_fault_ends_in_the_state_of_its_phase(
    phase: str, fault: str, way: str
) -> None:
    begin = Beginning()
    script: dict[str, list[Act] | Act] = {"ehlo": offers(way), phase: [FAULTS[fault]]}
    if phase == "ehlo":
        script = {"ehlo": [FAULTS[fault], offers(way)]}
    async with serving(script) as server:
        transport = a_transport(server, **LOGIN)

        outcome = await transport.send(ENVELOPE, begin)
        taken_by_then = len(server.taken)
        later = await transport.send(ENVELOPE, begin)
        await transport.close()

    assert outcome.kind is expected(phase, fault, way), outcome
    assert begin.count <= 2
    if outcome.kind is Kind.RETRY:
        assert taken_by_then == 0
    # Whatever happened, the next message is taken once and whole.
    assert later.kind is Kind.SENT
    assert server.taken[-1].message == MESSAGE
    assert len(server.taken) == taken_by_then + 1


BODY_FAULTS = {
    "cut": (Act(cut=True), {Kind.RETRY, Kind.DOUBT}),
    "reset": (Act(reset=True), {Kind.RETRY, Kind.DOUBT}),
    "slow": (Act(hang=True), {Kind.RETRY, Kind.DOUBT}),
    "421": (Act("421 4.3.2 closing", cut=True), {Kind.RETRY}),
    "5xx": (Act("552 5.3.4 too big", cut=True), {Kind.CONTENT}),
    "garbage": (Act(raw=b"\x00\r\n", cut=True), {Kind.RETRY, Kind.DOUBT}),
}


@pytest.mark.parametrize("fault", BODY_FAULTS)
async def test_a_fault_within_the_content_is_never_a_success(
    fault: str, way: str
) -> None:
    act, kinds = BODY_FAULTS[fault]
    script: Script = {"content": [act]}
    async with serving(script, pipelines=way == "pipelined") as server:
        transport = a_transport(server)

        outcome = await transport.send(ENVELOPE, Beginning())
        await transport.close()

    assert outcome.kind in kinds
    assert server.taken == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_at_the_good_bye_concerns_no_message(
    fault: str, way: str
) -> None:
    script: Script = {"quit": FAULTS[fault]}
    async with serving(script, pipelines=way == "pipelined") as server:
        transport = a_transport(server, messages_per_connection=1)

        outcomes = [await transport.send(ENVELOPE, Beginning()) for _ in range(3)]
        await transport.close()

    assert {outcome.kind for outcome in outcomes} == {Kind.SENT}
    assert len(server.taken) == 3
