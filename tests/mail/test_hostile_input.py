"""Nothing that people or sources hand us adds a header, a recipient or a part."""

import json
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header
from email.utils import getaddresses

import pytest

from publisher.errors import HeaderError, SubscriberError
from publisher.mail.address import parse_address
from publisher.mail.headers import Mailbox, encode_header, encode_mailbox
from publisher.mail.message import Composition, Personal, compile_message
from tests.mail.samples import LEAVE, RUSSIAN, a_reader
from tests.shared_data import shared_data

# The fields of every message here, in order.
NAMES = [
    line.split(b":")[0]
    for line in compile_message(RUSSIAN)
    .for_reader(a_reader())
    .split(b"\r\n\r\n")[0]
    .split(b"\r\n")
    if not line.startswith(b" ")
]


def injections(*fields: str) -> list[str]:
    """Return the values of header-injection.json for some fields."""
    file = shared_data("security") / "header-injection.json"
    cases = json.loads(file.read_text(encoding="utf-8"))
    return [case["value"] for case in cases if case["field"] in fields]


def naughty_strings() -> list[str]:
    file = shared_data("security") / "blns.json"
    strings: list[str] = json.loads(file.read_text(encoding="utf-8"))
    return strings


def decoded(value: str) -> str:
    return "".join(
        data if isinstance(data, str) else data.decode(charset or "ascii")
        for data, charset in decode_header(value.replace("\r\n", ""))
    )


def holds_control(text: str) -> bool:
    return any(ord(char) < 32 or ord(char) == 127 for char in text)


def with_value(field: str, value: str) -> tuple[Composition, Personal]:
    """Put a hostile value where it would go."""
    stream = RUSSIAN.stream
    assert stream is not None
    changes: dict[str, Composition] = {
        "from_name": replace(RUSSIAN, sender=Mailbox(value, "a@b.example")),
        "rubric_name": replace(RUSSIAN, stream=replace(stream, title=value)),
        "list_id": replace(RUSSIAN, stream=replace(stream, list_id=value)),
        "reply_to": replace(RUSSIAN, reply_to=Mailbox("", value)),
    }
    url = f"https://vestnik.example/u/{value}"
    readers = {
        "unsubscribe_token": replace(a_reader(), leave_url=url),
        "email": replace(a_reader(), address=value),
    }
    if reader := readers.get(field):
        return RUSSIAN, reader
    return changes.get(field, replace(RUSSIAN, subject=value)), a_reader()


@pytest.mark.parametrize(
    "field",
    [
        "subject",
        "article_title",
        "author",
        "from_name",
        "rubric_name",
        "list_id",
        "reply_to",
        "unsubscribe_token",
        "email",
    ],
)
def test_a_hostile_value_is_refused_or_stays_inside_its_field(field: str) -> None:
    for value in injections(field):
        composition, reader = with_value(field, value)
        try:
            message = compile_message(composition).for_reader(reader)
        except HeaderError:
            continue

        head = message.split(b"\r\n\r\n")[0]
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b" ")]
        assert [line.split(b":")[0] for line in lines] == NAMES, value
        assert max(map(len, message.split(b"\r\n"))) <= 998
        recipients = message_from_bytes(message, policy=policy.compat32)["To"]
        assert len(getaddresses([recipients])) == 1


def test_line_breaks_are_always_refused() -> None:
    broken = [
        (field, value)
        for field in ("subject", "from_name", "list_id", "unsubscribe_token", "email")
        for value in injections(field)
        if set(value) & set("\r\n\0")
    ]

    assert len(broken) > 15
    for field, value in broken:
        composition, reader = with_value(field, value)
        with pytest.raises(HeaderError):
            compile_message(composition).for_reader(reader)


def test_a_hostile_address_is_refused_or_is_one_plain_address() -> None:
    refused = 0
    for value in injections("email"):
        try:
            address = parse_address(value)
        except SubscriberError:
            refused += 1
            continue

        assert not any(c.isspace() or c in '<>,;:()[]"' for c in address.mailbox)
        assert address.mailbox.count("@") == 1
        assert encode_mailbox("To", Mailbox("", address.text)).count(b"@") == 1

    assert refused > 25


def test_naughty_strings_come_back_from_subjects_and_names_or_are_refused() -> None:
    for text in naughty_strings():
        if holds_control(text):
            with pytest.raises(HeaderError):
                encode_header("Subject", text)
            continue

        field = encode_header("Subject", text).decode()
        assert decoded(field.removesuffix("\r\n").partition(": ")[2]) == text
        named = encode_mailbox("From", Mailbox(text, "a@b.example"))
        assert named.endswith(b"a@b.example>\r\n") or not text


def test_any_body_arrives_as_it_was_written() -> None:
    bodies = [*injections("body"), *naughty_strings()]

    for body in bodies:
        text = f"{body}\n{LEAVE}\n"
        composition = replace(RUSSIAN, text=text, html=text)
        message = compile_message(composition).for_reader(a_reader())

        parsed = message_from_bytes(message, policy=policy.default)
        plain, _ = (part.get_payload(decode=True) for part in parsed.iter_parts())
        assert isinstance(plain, bytes)
        lines = plain.decode().split("\r\n")
        expected = text.replace("\r\n", "\n").replace("\r", "\n")
        assert lines == expected.replace(LEAVE, a_reader().leave_url).split("\n")


def test_every_headline_of_a_newsroom_comes_back() -> None:
    file = shared_data("articles") / "articles.jsonl"
    titles = [
        json.loads(line)["title"]
        for line in file.read_text(encoding="utf-8").split("\n")
        if line
    ]

    assert len(titles) > 200
    for title in titles:
        field = encode_header("Subject", title).decode()
        assert decoded(field.removesuffix("\r\n").partition(": ")[2]) == title
