"""What lines of real Postfix logs say, and what nobody may make them say."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.mail.evidence.postfix_lines import Line, What, read_line, time_of

ISO = "2026-03-02T17:00:01.123456+05:00 mx1 "
OLD = "Mar  2 17:00:01 mx1 "
ID = "<12-7.0123456789abcdef0123@gazeta.example>"

NAMED, QUEUED, REJECTED, NEW = What.NAMED, What.QUEUED, What.REJECTED, What.NEW

LINES = [
    (OLD + f"postfix/cleanup[814]: 4F9D195432C: message-id={ID}", NAMED, ID),
    (ISO + f"postfix/cleanup[814]: 3Pt2mN2VXxznjll: message-id={ID}", NAMED, ID),
    (ISO + f"postfix-out/cleanup[8]: 4bXyzC1gWtz2Qk: message-id={ID}", NAMED, ID),
    (
        ISO
        + "postfix/submission/cleanup[8]: 4F9D195432C: message-id=<письмо@пошта.қаз>",
        NAMED,
        "<письмо@пошта.қаз>",
    ),
    ("<22>" + OLD + f"postfix/cleanup[8]: 4F9D195432C: message-id={ID}", NAMED, ID),
    (
        f"2026-03-02T17:00:01+0500 m postfix/cleanup[8]: 4F9D195432C: message-id={ID}",
        NAMED,
        ID,
    ),
    (ISO + "postfix/cleanup[814]: 4F9D195432C: message-id=", NAMED, ""),
    (
        OLD + "postfix/qmgr[90]: 4F9D195432C: from=<b+abc@gazeta.example>, size=30211,"
        " nrcpt=1 (queue active)",
        QUEUED,
        "taken into the queue",
    ),
    (OLD + "postfix/qmgr[90]: 4F9D195432C: removed", QUEUED, "taken into the queue"),
    (
        ISO + "postfix/smtp[77]: 3Pt2mN2VXxznjll: to=<aigul@reader.example>,"
        " relay=mx.reader.example[2001:db8:4::25]:25, delay=1.2,"
        " delays=0.1/0/0.6/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77)",
        QUEUED,
        "status=sent",
    ),
    (
        ISO + "postfix/smtp[77]: 4F9D195432C: to=<айгүл@пошта.қаз>,"
        " relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred"
        " (connect to mx.xn--80ao21a[192.0.2.7]:25: Connection timed out)",
        QUEUED,
        "status=deferred",
    ),
    (
        ISO + "postfix/smtp[77]: 4F9D195432C: to=<a@reader.example>, orig_to=<x@y>,"
        " relay=mx[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced"
        " (host mx[192.0.2.7] said: 550 5.1.1 no such user (in reply to RCPT TO))",
        What.BOUNCED,
        "status=bounced",
    ),
    (
        ISO + "postfix/cleanup[8]: 4F9D195432C: hold: header Subject: x from desk",
        QUEUED,
        "hold",
    ),
    (
        ISO + "postfix/cleanup[8]: 4F9D195432C: milter-reject: END-OF-MESSAGE from"
        " desk[10.0.0.5]: 5.7.1 Spam; from=<b@g.example> to=<a@r.example> proto=ESMTP",
        REJECTED,
        "milter-reject",
    ),
    (
        ISO + "postfix/cleanup[8]: 4F9D195432C: reject: header Subject: x from desk",
        REJECTED,
        "reject",
    ),
    (ISO + "postfix/smtpd[8]: 4F9D195432C: client=desk[2001:db8::5]", NEW, ""),
    (ISO + "postfix/pickup[8]: 4F9D195432C: uid=0 from=<root>", NEW, ""),
]

OTHERS = [
    "",
    "nothing at all",
    OLD + "sshd[1]: Accepted publickey for root",
    OLD + "postfix/anvil[3]: statistics: max connection rate 1/60s",
    OLD + "postfix/smtpd[3]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 554 5.7.1 <a@b>:"
    " Relay access denied; from=<c@d> to=<a@b> proto=ESMTP helo=<x>",
    OLD + "postfix/smtpd[3]: lost connection after DATA (812 bytes) from desk[::1]",
    OLD + "postfix/cleanup[8]: warning: 4F9D195432C: queue file size limit exceeded",
    OLD + f"postfix/cleanup[8]: 4F9D195432C: warning: header message-id={ID}",
    OLD + f"postfix/cleanup[8]: 4F9D195432C: resent-message-id={ID}",
    OLD + f"postfix/smtpd[8]: 4F9D195432C: message-id={ID}",
    OLD + f"postfix/smtpd[8]: warning: helo=<x postfix/cleanup[8]: 4F9D195432C:"
    f" message-id={ID}",
    OLD + f"postfix/cleanup[8]: 4F9D195432C: message-id=<a b> {ID}",
    OLD + "postfix/smtp[7]: 4F9D195432C: to=<a@b>, relay=none, delay=1",
    OLD + "postfix/smtpd[8]: 4F9D195432C: to=<a@b>, status=sent",
    OLD + "postfix/qmgr[9]: warning: from=<a@b>, size=1",
]


@pytest.mark.parametrize(("text", "what", "detail"), LINES)
def test_a_line_says_what_became_of_its_queue_id(
    text: str, what: What, detail: str
) -> None:
    found = read_line(text)

    assert found is not None
    assert (found.what, found.detail) == (what, detail)
    assert f" {found.queue_id}: " in text


@pytest.mark.parametrize("text", OTHERS)
def test_other_lines_say_nothing_of_a_message(text: str) -> None:
    assert read_line(text) is None


@given(st.text(max_size=200))
@settings(max_examples=50)
def test_nothing_that_a_stranger_writes_breaks_or_forges_a_line(text: str) -> None:
    inside = OLD + f"postfix/smtpd[8]: warning: helo=<{text}>"

    assert read_line(inside) is None
    assert isinstance(read_line(text), Line | None)
    assert isinstance(time_of(text, UTC, datetime(2026, 3, 3, tzinfo=UTC)), object)


ALMATY = ZoneInfo("Asia/Almaty")
NOON = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
LATEST = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "zone", "latest", "at"),
    [
        ("2026-03-02T17:00:01+05:00", None, LATEST, NOON),
        ("2026-03-02T17:00:01+0500", ALMATY, LATEST, NOON),
        ("2026-03-02T12:00:01Z", None, LATEST, NOON),
        ("2026-03-02T17:00:01", ALMATY, LATEST, NOON),
        ("2026-03-02T17:00:01", None, LATEST, None),
        ("2026-03-02T27:00:01", ALMATY, LATEST, None),
        ("Mar  2 17:00:01", ALMATY, LATEST, NOON),
        ("Mar  2 17:00:01", None, LATEST, None),
        ("Mar  2 17:00:01", ALMATY, datetime(2027, 1, 1, tzinfo=UTC), NOON),
        (
            "Dec 31 23:59:59",
            UTC,
            datetime(2027, 1, 1, tzinfo=UTC),
            datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        ),
        (
            "Feb 29 10:00:00",
            UTC,
            datetime(2029, 1, 1, tzinfo=UTC),
            datetime(2028, 2, 29, 10, tzinfo=UTC),
        ),
        ("Foo  2 17:00:01", ALMATY, LATEST, None),
        ("ebM  2 17:00:01", ALMATY, LATEST, None),
    ],
)
def test_a_time_is_known_or_not(
    written: str, zone: ZoneInfo | None, latest: datetime, at: datetime | None
) -> None:
    line = f"{written} mx1 postfix/qmgr[9]: 4F9D195432C: removed"

    assert time_of(line, zone, latest) == at
