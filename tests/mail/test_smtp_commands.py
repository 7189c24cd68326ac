"""What a relay is told fits what it offers; what it cannot take is said beforehand."""

import pytest

from publisher.mail.transport import Envelope
from publisher.model.reply import Kind
from tests.mail.relays import MESSAGE, Beginning, relay
from tests.mail.scripted_smtp import Act

IN_VIRTUAL_TIME = True

CYRILLIC = "Subject: x\r\nTo: почта@xn--e1afmkfd.xn--p1ai\r\n\r\nbody\r\n".encode()
OFFERS_ALL = Act("250-relay.example\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8")
OFFERS_8BIT = Act("250-relay.example\r\n250 8BITMIME")
OFFERS_NOTHING = Act("250 relay.example")


def envelope(
    recipient: str = "reader@mail.example",
    message: bytes = MESSAGE,
    sender: str = "b@news.example",
) -> Envelope:
    return Envelope(sender, recipient, message, "d1")


@pytest.mark.parametrize(
    ("act", "sent", "mail", "rcpt"),
    [
        (
            OFFERS_NOTHING,
            envelope(),
            "MAIL FROM:<b@news.example>",
            "RCPT TO:<reader@mail.example>",
        ),
        (
            OFFERS_ALL,
            envelope(),
            f"MAIL FROM:<b@news.example> SIZE={len(MESSAGE)}",
            "RCPT TO:<reader@mail.example>",
        ),
        (
            OFFERS_NOTHING,
            envelope("Reader@Қазақ.қаз", sender="b+k3@жаңа.қаз"),
            "MAIL FROM:<b+k3@xn--80aaq15b.xn--80ao21a>",
            "RCPT TO:<Reader@xn--80aau21bd.xn--80ao21a>",
        ),
        (
            OFFERS_ALL,
            envelope("почта@пример.рф", CYRILLIC),
            f"MAIL FROM:<b@news.example> SIZE={len(CYRILLIC)} BODY=8BITMIME SMTPUTF8",
            "RCPT TO:<почта@xn--e1afmkfd.xn--p1ai>",
        ),
        (
            OFFERS_NOTHING,
            envelope(sender=""),
            "MAIL FROM:<>",
            "RCPT TO:<reader@mail.example>",
        ),
    ],
    ids=["plain", "size", "national domains", "cyrillic mailbox", "null sender"],
)
async def test_the_commands_say_what_the_relay_needs(
    act: Act, sent: Envelope, mail: str, rcpt: str
) -> None:
    async with relay({"ehlo": act}) as (server, transport):
        outcome = await transport.send(sent, Beginning())

    assert outcome.kind is Kind.SENT
    assert server.commands[0][1:3] == [mail, rcpt]
    assert server.taken[0].message == sent.message


@pytest.mark.parametrize(
    ("act", "sent", "kind", "why"),
    [
        (
            Act("250-relay.example\r\n250 SIZE 500"),
            envelope(),
            Kind.CONTENT,
            "the relay takes 500",
        ),
        (
            OFFERS_8BIT,
            envelope("почта@пример.рф", CYRILLIC),
            Kind.REFUSED,
            "does not offer SMTPUTF8",
        ),
        (
            OFFERS_NOTHING,
            envelope(message=CYRILLIC),
            Kind.CONTENT,
            "does not offer 8BITMIME",
        ),
        (OFFERS_ALL, envelope("reader"), Kind.REFUSED, "is not an address"),
        (OFFERS_ALL, envelope("a@b..қаз"), Kind.REFUSED, "is not a domain name"),
        (OFFERS_ALL, envelope("a b@c.example"), Kind.REFUSED, "is not an address"),
        (
            OFFERS_ALL,
            envelope("a@b.example>\r\nRCPT TO:<c@d.example"),
            Kind.REFUSED,
            "is not an address",
        ),
        (OFFERS_ALL, envelope(sender="news"), Kind.RELAY, "is not an address"),
        (OFFERS_ALL, envelope(sender="ж@b.example"), Kind.RELAY, "must be ASCII"),
        (OFFERS_ALL, envelope(message=b"a\nb\r\n"), Kind.CONTENT, "not a CRLF"),
        (
            OFFERS_ALL,
            envelope(message=b"x" * 999 + b"\r\n"),
            Kind.CONTENT,
            "998 octets",
        ),
        (
            OFFERS_ALL,
            envelope(message=b"a\r\n" * 900 + b"x" * 999 + b"\r\nb\r\n"),
            Kind.CONTENT,
            "998 octets",
        ),
        (OFFERS_ALL, envelope(message=b"a\r.\r\n"), Kind.CONTENT, "not a CRLF"),
        (OFFERS_ALL, envelope(message=b"a\r\n.\n\r\n"), Kind.CONTENT, "not a CRLF"),
    ],
)
async def test_what_a_relay_cannot_take_is_refused_before_any_command(
    act: Act, sent: Envelope, kind: Kind, why: str
) -> None:
    begin = Beginning()
    async with relay({"ehlo": act}) as (server, transport):
        outcome = await transport.send(sent, begin)

        assert (
            await transport.send(envelope(message=b"x\r\n"), begin)
        ).kind is Kind.SENT

    assert outcome.kind is kind
    assert why in outcome.text
    assert begin.count == 1
    verbs = [line.split(" ")[0] for line in server.commands[0]]
    assert verbs == ["EHLO", "RSET", "MAIL", "RCPT", "DATA", ".", "QUIT"]


@pytest.mark.parametrize("limit", ["SIZE", "SIZE 0", "SIZE lots", "SIZE 999999"])
async def test_a_relay_without_a_real_limit_takes_any_size(limit: str) -> None:
    act = Act(f"250-relay.example\r\n250 {limit}")
    async with relay({"ehlo": act}) as (_, transport):
        outcome = await transport.send(envelope(), Beginning())

    assert outcome.kind is Kind.SENT


@pytest.mark.parametrize(
    "message", [b".\r\n", b"..\r\n.a\r\n", b"a\r\n.\r\nb\r\n", b"\r\n", b"no end"]
)
async def test_dots_and_a_missing_end_arrive_as_lines(message: bytes) -> None:
    async with relay() as (server, transport):
        await transport.send(envelope(message=message), Beginning())

    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    assert [taken.message for taken in server.taken] == [ended]


async def test_a_line_may_have_998_octets() -> None:
    message = (b"x" * 998 + b"\r\n") * 3 + b"y" * 998
    async with relay() as (server, transport):
        await transport.send(envelope(message=message), Beginning())

    assert server.taken[0].message == message + b"\r\n"


OFFERS_DSN = Act("250-relay.example\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 DSN")


@pytest.mark.parametrize(
    ("recipient", "asked"),
    [
        ("a+b=c@mail.example", "ORCPT=rfc822;a+2Bb+3Dc@mail.example"),
        ("reader@жаңа.қаз", "ORCPT=utf-8;reader@жаңа.қаз"),
    ],
)
async def test_reports_are_asked_for_where_the_relay_sends_them(
    recipient: str, asked: str
) -> None:
    sent = Envelope(
        "b+k3@news.example",
        recipient,
        MESSAGE,
        "d1",
        envelope_id="d1+2",
        notify="NEVER",
    )
    async with relay({"ehlo": OFFERS_DSN}) as (server, transport):
        await transport.send(sent, Beginning())

    assert server.commands[0][1] == (
        "MAIL FROM:<b+k3@news.example> RET=HDRS ENVID=d1+2B2"
    )
    assert server.commands[0][2].endswith(f" NOTIFY=NEVER {asked}")


async def test_no_reports_are_asked_for_where_the_relay_has_none() -> None:
    sent = Envelope("b@news.example", "r@mail.example", MESSAGE, "d1", envelope_id="d1")
    async with relay({"ehlo": OFFERS_NOTHING}) as (server, transport):
        await transport.send(sent, Beginning())

    assert server.commands[0][1:3] == [
        "MAIL FROM:<b@news.example>",
        "RCPT TO:<r@mail.example>",
    ]
