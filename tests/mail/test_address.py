"""An address is accepted as people write it, compared fairly, and refused with why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SubscriberError
from publisher.mail.address import (
    Address,
    ascii_domain,
    for_people,
    masked,
    parse_address,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ivan.Petrov@Gazeta.KZ",
            Address(
                text="Ivan.Petrov@gazeta.kz",
                mailbox="Ivan.Petrov@gazeta.kz",
                key="ivan.petrov@gazeta.kz",
            ),
        ),
        (
            "oqyrman@Газет.Қаз",
            Address(
                text="oqyrman@газет.қаз",
                mailbox="oqyrman@xn--80afhh0d.xn--80ao21a",
                key="oqyrman@xn--80afhh0d.xn--80ao21a",
            ),
        ),
        (
            "reader@ПРИМЕР.РФ",
            Address(
                text="reader@пример.рф",
                mailbox="reader@xn--e1afmkfd.xn--p1ai",
                key="reader@xn--e1afmkfd.xn--p1ai",
            ),
        ),
        (
            "Почта@пример.рф",
            Address(
                text="Почта@пример.рф",
                mailbox="Почта@xn--e1afmkfd.xn--p1ai",
                key="почта@xn--e1afmkfd.xn--p1ai",
            ),
        ),
    ],
)
def test_an_address_is_shown_sent_to_and_compared(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aigul@Mail.Example", "aigul@mail.example"),
        ("a@қаз.қаз", "a@xn--80ao21a.XN--80AO21A"),
        (" a@b.example\t", "a@b.example"),
        ("é@b.example", "e\u0301@b.example"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert parse_address(one).key == parse_address(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [("a.b@c.example", "ab@c.example"), ("a+news@c.example", "a@c.example")],
)
def test_dots_and_plus_signs_are_the_providers_affair(one: str, other: str) -> None:
    assert parse_address(one).key != parse_address(other).key


def test_only_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    assert parse_address("почта@пример.рф").needs_smtputf8
    assert not parse_address("mail@пример.рф").needs_smtputf8


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must have an @-sign"),
        ("gazeta.kz", "must have an @-sign"),
        ("a@example", "should have a period"),
        ("a@b..kz", "two periods in a row"),
        ("a b@c.kz", "invalid characters"),
        ("a@b.kz\r\nBcc: all@example.kz", "invalid characters"),
        ("a\0@b.kz", "invalid characters"),
        ("Ivan <a@b.kz>", "display name"),
        ("a@b.kz, c@d.kz", "@-sign"),
        ('"a b"@c.kz', "Quoting"),
        ("a@[127.0.0.1]", "IP address"),
        ("a" * 65 + "@b.kz", "too long before the @-sign"),
        ("a@" + "b." * 130 + "kz", "too long after the @-sign"),
        ("a@xn--zzzz.kz", "not valid IDNA"),
        ("a\u202eb@c.kz", "unsafe characters"),
        ("a@b.local", "special-use"),
        ("a@b.test", "special-use"),
    ],
)
def test_a_refusal_says_what_and_why(text: str, why: str) -> None:
    with pytest.raises(SubscriberError) as refusal:
        parse_address(text)

    said = str(refusal.value)
    assert "is not an address that mail can be sent to" in said
    assert why in said
    assert "\n" not in said
    assert "\r" not in said


def test_domains_for_tests_are_admitted_where_asked_for() -> None:
    assert parse_address("a@b.test", allow_test=True).mailbox == "a@b.test"
    assert parse_address("a@b.example").mailbox == "a@b.example"


@given(st.text())
def test_no_text_breaks_the_parser_and_every_answer_is_stable(text: str) -> None:
    try:
        address = parse_address(text)
    except SubscriberError:
        return

    assert parse_address(address.text) == address
    assert parse_address(address.mailbox) == address


@pytest.mark.parametrize(
    ("mailbox", "text", "hint"),
    [
        ("a@reader.example", "a@reader.example", "a…@r…"),
        ("айгүл@xn--80afhh0d.xn--80ao21a", "айгүл@газет.қаз", "а…@г…"),
        ("a@xn--zzzz.kz", "a@xn--zzzz.kz", "a…@x…"),
    ],
)
def test_people_see_a_domain_in_its_own_script(
    mailbox: str, text: str, hint: str
) -> None:
    assert for_people(mailbox) == text
    assert masked(mailbox) == hint


def test_domains_go_to_a_labels_by_idna_2008() -> None:
    assert ascii_domain("Қаз.ҚАЗ") == "xn--80ao21a.xn--80ao21a"
    assert ascii_domain("faß.example") == "xn--fa-hia.example"
    with pytest.raises(SubscriberError, match="is not a domain name"):
        ascii_domain("б..қаз")
