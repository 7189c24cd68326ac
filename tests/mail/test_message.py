"""A message is finished for each reader, reads as it was written, and never changes."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import HeaderError, TemplateError
from publisher.mail.headers import Mailbox
from publisher.mail.message import Composition, Personal, compile_message
from publisher.mail.message_id import key_in_message_id, make_message_id
from publisher.rendering.slots import CLOSE, OPEN
from tests.mail.samples import (
    ADDRESS,
    CONFIRMATION,
    DAILY,
    KAZAKH,
    LEAVE,
    PREFERENCES,
    RUSSIAN,
    a_reader,
)

GOLDEN = Path(__file__).parent / "golden"
SECRET = RUSSIAN.message_id_secret
# `make golden` sets the first. Read here, as tests do not see PUBLISHER_ variables.
IS_REWRITING = bool(
    os.environ.get("REWRITE_GOLDEN") or os.environ.get("PUBLISHER_GOLDEN")
)


def made(composition: Composition, reader: Personal) -> bytes:
    return compile_message(composition).for_reader(reader)


def parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=policy.default)


def parts(message: bytes) -> tuple[str, str]:
    """Return text and HTML as a mail program sees them."""
    text, html = (
        part.get_payload(decode=True) for part in parsed(message).iter_parts()
    )
    assert isinstance(text, bytes)
    assert isinstance(html, bytes)
    return text.decode(), html.decode()


def test_a_reader_sees_the_own_domain_in_its_own_script() -> None:
    message = made(RUSSIAN, a_reader(address="aigul@xn--80afhh0d.xn--80ao21a"))

    assert all("aigul@газет.қаз" in part for part in parts(message))
    assert parsed(message)["To"] == "aigul@xn--80afhh0d.xn--80ao21a"


@pytest.mark.parametrize(
    ("name", "composition", "reader"),
    [
        ("digest.ru.eml", RUSSIAN, a_reader()),
        ("digest.kk.eml", KAZAKH, a_reader(key="d1843", address="oqyrman@дала.қаз")),
        (
            "confirmation.ru.eml",
            CONFIRMATION,
            Personal(key="c7", address="a@b.example"),
        ),
    ],
)
def test_a_message_equals_its_golden_file_byte_for_byte(
    name: str, composition: Composition, reader: Personal
) -> None:
    message = made(composition, reader)

    if IS_REWRITING:
        (GOLDEN / name).write_bytes(message)
    assert message == (GOLDEN / name).read_bytes()


def test_a_retry_is_the_same_message() -> None:
    first = compile_message(RUSSIAN)
    again = compile_message(replace(RUSSIAN))

    assert first.for_reader(a_reader()) == first.for_reader(a_reader())
    assert first.for_reader(a_reader()) == again.for_reader(a_reader())


@given(
    st.text("абвəқғ abc\n&<'", max_size=200),
    st.text("абвəқғ abc\n&<'", max_size=200),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=200),
)
def test_values_of_any_length_stand_where_their_slots_stood(
    text: str, between: str, link: str
) -> None:
    reader = a_reader(link=link)
    body = f"{text}{LEAVE}{between}{PREFERENCES}{ADDRESS}{text}{LEAVE}{between}\n"

    plain, html = parts(made(replace(RUSSIAN, text=body, html=body), reader))

    expected, expected_html = body, body
    for slot, value in (
        (LEAVE, reader.leave_url),
        (PREFERENCES, reader.preferences_url),
        (ADDRESS, reader.address),
    ):
        expected = expected.replace(slot, value)
        expected_html = expected_html.replace(slot, escape(value))
    assert plain == expected.replace("\n", "\r\n")
    assert html == expected_html.replace("\n", "\r\n")
    assert "lang=ru" in plain
    assert "&amp;lang=ru" in html


def test_every_line_is_short_ascii_and_ends_in_crlf() -> None:
    for composition in (RUSSIAN, KAZAKH, CONFIRMATION):
        message = made(composition, a_reader())

        assert message.isascii()
        assert message.endswith(b"--\r\n")
        lines = message.split(b"\r\n")
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert max(map(len, lines)) <= 78
        assert not any(line.startswith(b".") for line in lines)


def test_text_comes_first_and_html_last_both_in_base64() -> None:
    message = parsed(made(RUSSIAN, a_reader()))

    assert message.get_content_type() == "multipart/alternative"
    shapes = [
        (part.get_content_type(), part["Content-Transfer-Encoding"])
        for part in message.iter_parts()
    ]
    assert shapes == [("text/plain", "base64"), ("text/html", "base64")]
    assert not message.defects
    assert not any(part.defects for part in message.iter_parts())


def test_the_headers_of_a_digest_are_those_providers_ask_for() -> None:
    message = parsed(made(RUSSIAN, a_reader()))

    assert dict(message.items()) == {
        "To": "o'qyrman@mail.example",
        "Message-ID": make_message_id("d1842", SECRET, "mail.vestnik.example"),
        "List-Unsubscribe": "<https://vestnik.example/u/k3jq7v2m>,"
        " <mailto:unsub+k3jq7v2m@vestnik.example>",
        "From": "Вестник степи <news@mail.vestnik.example>",
        "Reply-To": "Редакция <desk@vestnik.example>",
        "Subject": RUSSIAN.subject,
        "Date": "Mon, 28 Apr 2025 03:00:00 +0000",
        "Content-Language": "ru",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "List-Id": "Вестник степи: каждый день <daily.vestnik.example>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "20250428:daily:ru:vestnik",
        "X-Mailru-Msgtype": "digestdaily",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


def test_a_message_outside_a_stream_has_no_headers_of_a_list() -> None:
    message = parsed(made(CONFIRMATION, Personal(key="c7", address="a@b.example")))

    names = {name.lower() for name in message}
    assert not any(name.startswith("list-") for name in names)
    assert not names & {"precedence", "feedback-id", "x-mailru-msgtype", "reply-to"}
    assert message["Auto-Submitted"] == "auto-generated"


def test_leaving_without_a_mail_address_is_offered_by_link_alone() -> None:
    message = made(RUSSIAN, replace(a_reader(), leave_mailto=""))

    found = re.search(rb"List-Unsubscribe: (.*)\r\n", message)
    assert found
    assert found[1] == b"<https://vestnik.example/u/k3jq7v2m>"


def test_the_message_id_belongs_to_the_delivery() -> None:
    ids = {parsed(made(RUSSIAN, a_reader(key=f"d{n}")))["Message-ID"] for n in range(9)}

    assert len(ids) == 9
    assert {key_in_message_id(text, SECRET) for text in ids} == {
        f"d{n}" for n in range(9)
    }


def test_a_national_domain_goes_to_a_labels_in_every_field() -> None:
    national = replace(
        RUSSIAN,
        message_id_domain="Жаңа.қаз",
        stream=replace(DAILY, list_id="daily.жаңа.қаз"),
        sender=Mailbox("Жаңа", "news@жаңа.қаз"),
    )

    message = parsed(made(national, a_reader()))

    assert message["Message-ID"].endswith("@xn--80aaq15b.xn--80ao21a>")
    assert message["List-Id"].endswith("<daily.xn--80aaq15b.xn--80ao21a>")
    assert message["From"].endswith("<news@xn--80aaq15b.xn--80ao21a>")


@pytest.mark.parametrize(
    "composition",
    [
        replace(RUSSIAN, subject="Новости\r\nBcc: all@example.kz"),
        replace(RUSSIAN, sender=Mailbox("Вестник\n", "a@b.example")),
        replace(RUSSIAN, language="ru\r\n"),
        replace(RUSSIAN, dated_at=RUSSIAN.dated_at.replace(tzinfo=None)),
        replace(RUSSIAN, message_id_domain="жаңа..қаз"),
        replace(RUSSIAN, message_id_domain="a b.example"),
        replace(RUSSIAN, stream=replace(DAILY, list_id="")),
        replace(RUSSIAN, stream=replace(DAILY, list_id="daily>, <x")),
        replace(RUSSIAN, stream=replace(DAILY, title="Дайджест\0")),
        replace(RUSSIAN, stream=replace(DAILY, edition="1:2")),
        replace(RUSSIAN, stream=replace(DAILY, key="")),
        replace(RUSSIAN, stream=replace(DAILY, sender_id="abc")),
    ],
)
def test_a_composition_with_a_bad_header_is_refused(composition: Composition) -> None:
    with pytest.raises(HeaderError):
        compile_message(composition)


@pytest.mark.parametrize(
    "reader",
    [
        replace(a_reader(), key="d1 842"),
        replace(a_reader(), key="d1842\n"),
        replace(a_reader(), address="a@b.example, c@d.example"),
        replace(a_reader(), leave_url="javascript:alert(1)"),
        replace(a_reader(), leave_url="https://vestnik.example/u/a>, <https://evil"),
        replace(a_reader(), leave_url=""),
        replace(a_reader(), leave_mailto="a@b.example>\r\nBcc: c@d.example"),
    ],
)
def test_a_reader_with_a_bad_value_is_refused(reader: Personal) -> None:
    message = compile_message(RUSSIAN)

    with pytest.raises(HeaderError):
        message.for_reader(reader)


def test_a_slot_that_no_reader_has_is_named() -> None:
    with pytest.raises(TemplateError, match='the html part uses the slot "shoe_size"'):
        compile_message(replace(RUSSIAN, html=f"{OPEN}shoe_size{CLOSE} {LEAVE}"))


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_digest_without_a_way_to_leave_is_never_made(part: str) -> None:
    without = {part: "Новости без ссылки."}

    with pytest.raises(TemplateError, match=f"the {part} part .* has no link to leave"):
        compile_message(replace(RUSSIAN, **without))  # type: ignore[arg-type]


def test_stray_marks_vanish_and_half_characters_do_no_harm() -> None:
    body = f"а{OPEN}б{CLOSE}в{OPEN}Leave_URL{CLOSE} \ud83d {LEAVE}\n"

    plain, _ = parts(made(replace(RUSSIAN, text=body, html=body), a_reader()))

    assert plain == f"абвLeave_URL ? {a_reader().leave_url}\r\n"


def test_the_boundary_follows_the_content_alone() -> None:
    ours = compile_message(RUSSIAN).boundary
    later = replace(RUSSIAN, dated_at=RUSSIAN.dated_at + timedelta(days=1))

    assert compile_message(later).boundary == ours
    assert compile_message(KAZAKH).boundary != ours


def test_the_date_is_the_same_instant_in_any_zone() -> None:
    utc = datetime(2025, 4, 28, 3, 0, tzinfo=UTC)

    assert made(replace(RUSSIAN, dated_at=utc), a_reader()) == made(RUSSIAN, a_reader())


def test_secrets_are_not_printed() -> None:
    assert "a secret of these tests" not in repr(RUSSIAN)
    assert "a secret of these tests" not in repr(compile_message(RUSSIAN))
