"""Reports about a message (RFC 3461, RFC 3464) as evidence, and what is none.

A relay that was asked with NOTIFY=SUCCESS reports to the return address, under the id
of the envelope. What it writes is as Postfix, Exim and others write it.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.mail.evidence.evidence import Ours, Question, Says
from publisher.mail.evidence.mailbox import ReportMailbox
from publisher.mail.message_id import make_message_id
from publisher.mail.message_name import DeliveryName, LetterName, MessageName
from publisher.mail.return_path import make_return_path

SECRET = b"k" * 32
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAME, LATER = DeliveryName(1207), DeliveryName(1207, 0x5EED0001)

REPORT = """\
Return-Path: <>
Delivered-To: {to}
Received: by mx1.gazeta.example (Postfix) id 4F9D195432C; Mon, 2 Mar 2026 17:00:02
From: MAILER-DAEMON@mx1.gazeta.example (Mail Delivery System)
Subject: Successful Mail Delivery Report
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/mx1"
Message-Id: <20260302120002.4F9D195432C@mx1.gazeta.example>

This is a MIME-encapsulated message.

--B/mx1
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

Your message was handed on to its destination(s).

--B/mx1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.gazeta.example
{envelope_id}X-Postfix-Queue-ID: 4F9D1953A10
Arrival-Date: Mon,  2 Mar 2026 17:00:01 +0500 (+05)

Final-Recipient: rfc822; aigul@reader.example
Original-Recipient: rfc822;aigul@reader.example
Action: {action}
Status: {status}
Remote-MTA: dns; mx.reader.example
Diagnostic-Code: smtp; 250 2.0.0 ok

{returned}--B/mx1--
"""
RETURNED = """\
--B/mx1
Content-Description: Message Headers
Content-Type: text/rfc822-headers

Return-Path: <b@gazeta.example>
From: news@gazeta.example
Subject: =?utf-8?b?0KPRgtGA0L4=?=
Message-ID: {}

"""


def message_id(name: MessageName = NAME, secret: bytes = SECRET) -> str:
    key = name.key(7) if isinstance(name, DeliveryName) else str(name)
    return make_message_id(key, secret, "gazeta.example")


def return_path(name: MessageName = NAME, secret: bytes = SECRET) -> str:
    return make_return_path("bounces+@gazeta.example", name, secret)


def report(
    action: str = "relayed",
    *,
    to: str | None = None,
    envelope_id: str | None = str(NAME),
    returned: str | None = None,
) -> str:
    """Return a report; without headers of ours only its address and envelope count."""
    named = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    status = {"failed": "5.1.1", "delayed": "4.4.1"}.get(action, "2.0.0")
    return REPORT.format(
        to=to or return_path(),
        envelope_id=named,
        action=action,
        status=status,
        returned=RETURNED.format(returned) if returned else "",
    )


class Mailbox:
    """A Maildir that reports come to, and who asks what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for part in ("new", "cur", "tmp"):
            (path / part).mkdir(parents=True)

    def put(self, *messages: str | bytes) -> None:
        for number, message in enumerate(messages):
            raw = message if isinstance(message, bytes) else message.encode()
            file = self.path / "new" / f"1772452802.M{number}.mx1"
            file.write_bytes(raw.replace(b"\n", b"\r\n"))
            at = (NOON + MINUTE).timestamp()
            os.utime(file, (at, at))

    def ask(self, name: MessageName = NAME) -> tuple[Says, str] | None:
        asked = Question(name=name, begun_at=NOON, ended_at=NOON + 5 * MINUTE)
        box = ReportMailbox(name="reports", path=self.path, ours=Ours((SECRET,)))
        heard, _ = box.hear([asked], {})
        said = heard.get(name)
        return (said.says, said.detail) if said is not None else None


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    """Return an empty Maildir."""
    return Mailbox(tmp_path / "reports")


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("relayed", Says.ACCEPTED),
        ("delivered", Says.ACCEPTED),
        ("expanded", Says.ACCEPTED),
        ("delayed", Says.ACCEPTED),
        ("failed", Says.BOUNCED),
        ("Failed", Says.BOUNCED),
    ],
)
def test_a_report_says_that_the_relay_took_it_and_whether_it_came_back(
    mailbox: Mailbox, action: str, says: Says
) -> None:
    mailbox.put(report(action))

    assert mailbox.ask() == (says, f"a report says {action.lower()}")


def test_that_it_came_back_is_the_last_word(mailbox: Mailbox) -> None:
    mailbox.put(report("relayed"), report("failed"), report("delayed"))

    assert mailbox.ask() == (Says.BOUNCED, "a report says failed")


@pytest.mark.parametrize(
    "written",
    [
        report(returned=message_id(), to="postmaster@gazeta.example", envelope_id=None),
        report(returned=message_id().upper(), to="x@y.example"),
        report(to=return_path().upper()),
        report(to=f"<{return_path()}>"),
        report().replace("Delivered-To", "X-Original-To"),
        report().replace("message/delivery-status", "message/global-delivery-status"),
    ],
    ids=["headers", "capitals", "folded", "brackets", "other-field", "rfc6533"],
)
def test_a_report_is_known_by_what_we_have_signed(
    mailbox: Mailbox, written: str
) -> None:
    mailbox.put(written)

    said = mailbox.ask()
    assert said is not None
    assert said[0] is Says.ACCEPTED


OTHER, FALSE = DeliveryName(1208), b"x" * 32


@pytest.mark.parametrize(
    "written",
    [
        report(envelope_id="1208"),
        report(to=return_path(OTHER), envelope_id="1207"),
        report(to=return_path(OTHER), envelope_id="1208"),
        report(returned=message_id(OTHER)),
    ],
    ids=["envelope", "address", "both", "headers"],
)
def test_a_report_about_another_envelope_says_nothing(
    mailbox: Mailbox, written: str
) -> None:
    mailbox.put(written)

    assert mailbox.ask() is None


@pytest.mark.parametrize(
    "written",
    [
        report(to="bounces@gazeta.example"),
        report(to=return_path(secret=FALSE)),
        report(to="a@b.example", returned=message_id(secret=FALSE)),
        report(to="a@b.example", returned=f"<{NAME.key(7)}.{'0' * 20}@g.example>"),
        report(envelope_id=None),
    ],
    ids=["no-token", "false-token", "false-id", "guessed-id", "no-envelope"],
)
def test_a_forged_report_says_nothing(mailbox: Mailbox, written: str) -> None:
    mailbox.put(written)

    assert mailbox.ask() is None


@pytest.mark.parametrize(
    "written",
    [
        report().replace("report-type=delivery-status", "report-type=feedback-report"),
        report().replace("multipart/report", "multipart/mixed"),
        report().replace("message/delivery-status", "text/plain"),
        report().partition("--B/mx1")[0],
        report().replace('boundary="B/mx1"', 'boundary=""'),
        "",
        b"\x00\xff\xfe" * 99,
        b"Content-Type: multipart/report; report-type*0=\xff\n\n--\n",
    ],
    ids=["arf", "mixed", "no-status", "cut", "no-parts", "empty", "bytes", "header"],
)
def test_what_is_no_report_says_nothing_and_stops_no_other(
    mailbox: Mailbox, written: str | bytes
) -> None:
    mailbox.put(written)
    alone = mailbox.ask()
    mailbox.put(written, report("delivered"))

    assert alone is None
    assert mailbox.ask() == (Says.ACCEPTED, "a report says delivered")


def test_a_report_about_a_lost_store_says_nothing_of_the_same_number(
    mailbox: Mailbox,
) -> None:
    mailbox.put(report(), report(returned=message_id()))
    before = mailbox.ask(LATER)
    mailbox.put(report(to=return_path(LATER), envelope_id=str(LATER)))

    assert before is None
    assert mailbox.ask(LATER) == (Says.ACCEPTED, "a report says relayed")


@pytest.mark.parametrize(
    "name", [LetterName(1207), LetterName(1207, 0x5EED0001)], ids=str
)
def test_a_report_about_a_letter_says_nothing_of_a_delivery_with_its_number(
    mailbox: Mailbox, name: LetterName
) -> None:
    mailbox.put(
        report(to=return_path(name), envelope_id=str(name)),
        report(returned=message_id(name), envelope_id=None),
    )

    assert mailbox.ask(name) == (Says.ACCEPTED, "a report says relayed")
    assert mailbox.ask(DeliveryName(1207, name.generation)) is None
