"""What the linter says is true, said once, and can be acted on."""

import pytest

from publisher.mail.linting.linter import lint_message
from tests.mail.linting.messages import GOOD, SENTENCE

LONG = f"http://192.0.2.7/{'k' * 80}"
COMPLETE = dict(GOOD.header)["DKIM-Signature"]


def said(raw: bytes) -> list[str]:
    return [finding.reason for finding in lint_message(raw)]


def test_the_same_reason_is_told_once() -> None:
    link = '<p><a href="http://192.0.2.7/most">Мост</a></p>'

    draft = GOOD.with_page(SENTENCE * 40, (SENTENCE + link) * 40)

    assert said(draft.written()) == ["a link names a machine by number: 192.0.2.7"]


def test_an_address_that_is_cut_says_so() -> None:
    draft = GOOD.with_page("https://vestnik.example/most.jpg", LONG)

    assert said(draft.written()) == [
        f"a picture is not fetched over https: {LONG[:60]}…"
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            "<http://vestnik.example/u>, <mailto:u@vestnik.example>",
            "the web address in List-Unsubscribe is not https: http://vestnik.example/u",
        ),
        (
            "<https://vestnik.example/u>, <https://vestnik.example/v>",
            "List-Unsubscribe has 2 web addresses, not one",
        ),
        (
            "<mailto:u@vestnik.example>",
            "List-Unsubscribe has 0 web addresses, not one",
        ),
    ],
)
def test_an_address_for_leaving_says_what_is_wrong_with_it(
    value: str, reason: str
) -> None:
    assert reason in said(GOOD.with_field("List-Unsubscribe", value).written())


def test_a_message_as_a_mailbox_keeps_it_has_no_wrong_line_ends() -> None:
    assert said(GOOD.written().replace(b"\r\n", b"\n")) == []


def test_another_signature_takes_nothing_from_a_complete_one() -> None:
    relay = "a=rsa-sha256; d=relay.example; h=from:from:to"
    draft = GOOD.with_field("DKIM-Signature", relay, COMPLETE)

    assert said(draft.written()) == []


def test_a_complete_signature_that_few_can_check_is_not_enough() -> None:
    modern = COMPLETE.replace("rsa-sha256", "ed25519-sha256")
    draft = GOOD.with_field(
        "DKIM-Signature", "a=rsa-sha256; d=vestnik.example; h=from:from:to", modern
    )

    assert any("leaves out subject, date" in reason for reason in said(draft.written()))


def test_letters_beyond_ascii_stand_before_the_at_and_nowhere_else() -> None:
    wide = "айгүл@xn--80afhh0d.xn--80ao21a"

    assert said(GOOD.with_field("To", wide).written()) == []
    assert said(GOOD.with_field("To", f"<{wide}>").written()) == []
    assert said(GOOD.with_field("To", f"Айгүл <{wide}>").written()) == [
        "To has letters beyond ASCII that are not encoded"
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a@vestnik.example, b@vestnik.example", "From names 2 mailboxes"),
        ("Вестник", "From has no address that can be read: Вестник"),
        ("MAILER-DAEMON", "From has no address that can be read: MAILER-DAEMON"),
    ],
)
def test_what_is_wrong_with_the_author_is_told(value: str, reason: str) -> None:
    assert reason in said(GOOD.with_field("From", value).written())


def test_a_line_that_is_no_field_is_shown_and_moves_no_terminal() -> None:
    draft = GOOD.with_field("Subject", "Мост\r\nFrom MAILER-DAEMON \x1b[2J")

    assert "a line of the header is no field: From MAILER-DAEMON ?[2J" in said(
        draft.written()
    )
