"""Every rule for messages is kept by ours and broken by a message made to break it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.linting.linter import RULES, lint_message
from publisher.mail.linting.rule import EVERYONE, Severity
from tests.mail.linting.messages import GOOD, SENTENCE, Draft

GOLDEN = Path(__file__).parents[1] / "golden"
LEAVE = "https://vestnik.example/u/k3jq7v2m"
MANY_WORDS = "=?UTF-8?B?" + "0JLQ" * 20 + "?="
FAULTS: dict[str, list[Draft]] = {
    "fields-present": [GOOD.with_field(name) for name in ("Date", "To", "Message-ID")],
    "fields-once": [GOOD.with_field("Subject", "One", "Two")],
    "well-formed": [
        GOOD.with_field("Subject", "One\nTwo: no space before the colon\n!"),
        GOOD.with_field("Subject", "One\0"),
    ],
    "header-ascii": [
        GOOD.with_field("Subject", "Мост"),
        GOOD.with_field("Subject", "m" * 1000),
    ],
    "one-author": [
        GOOD.with_field("From", "a@vestnik.example, b@vestnik.example"),
        GOOD.with_field("From", "=?UTF-8?B?0JLQtdGB0YLQvdC40Lo=?="),
    ],
    "one-recipient": [
        GOOD.with_field("To", "a@mailbox.example, b@mailbox.example"),
        GOOD.with_field("Cc", "c@mailbox.example"),
    ],
    "date": [
        GOOD.with_field("Date", "yesterday"),
        GOOD.with_field("Date", "Mon, 28 Apr 2025 03:00:00 -0000"),
    ],
    "message-id": [
        GOOD.with_field("Message-ID", "1842"),
        GOOD.with_field("Message-ID", "<1842@localhost>"),
    ],
    "encoded-words": [
        GOOD.with_field("Subject", MANY_WORDS),
        GOOD.with_field("Subject", "=?UTF-8?B?0A==?= =?UTF-8?B?ng==?="),
    ],
    "subject": [
        GOOD.with_field("Subject", "NEWS OF THE DAY"),
        GOOD.with_field("Subject", "Re: your order"),
    ],
    "unwanted-fields": [
        GOOD.with_field("Bcc", "b@mailbox.example"),
        GOOD.with_field("X-Mailer", "Something 1.2"),
    ],
    "auto-submitted": [GOOD.with_field("Auto-Submitted")],
    "list-unsubscribe": [
        GOOD.with_field("List-Unsubscribe"),
        GOOD.with_field("List-Unsubscribe", "=?UTF-8?Q?<https://vestnik.example/u>?="),
        GOOD.with_field("List-Unsubscribe", "<http://vestnik.example/u/k3>"),
        GOOD.with_field("List-Unsubscribe", "<https://vestnik.example/u/\r\n k3>"),
        GOOD.with_field("List-Unsubscribe", f"<https://vestnik.example/{'k' * 200}>"),
    ],
    "unsubscribe-mailto": [GOOD.with_field("List-Unsubscribe", f"<{LEAVE}>")],
    "one-click": [
        GOOD.with_field("List-Unsubscribe-Post"),
        GOOD.with_field("List-Unsubscribe-Post", "List-Unsubscribe=Two-Clicks"),
    ],
    "list-id": [GOOD.with_field("List-Id"), GOOD.with_field("List-Id", "Daily")],
    "feedback-id": [
        GOOD.with_field("Feedback-ID"),
        GOOD.with_field("Feedback-ID", "a:b:c:d:vestnik"),
        GOOD.with_field("Feedback-ID", "a:b:c:me"),
    ],
    "precedence": [GOOD.with_field("Precedence")],
    "mailru-msgtype": [GOOD.with_field("X-Mailru-Msgtype", "daily digest")],
    "visible-unsubscribe": [
        GOOD.with_page(LEAVE, "https://vestnik.example/account"),
        replace(GOOD, text="Вестник\r\n" * 200),
        GOOD.with_page(
            f'<p><a href="{LEAVE}">Отписаться</a></p>',
            SENTENCE * 200 + f'<p><a href="{LEAVE}">Отписаться</a></p>',
        ),
    ],
    "unsubscribe-place": [
        GOOD.with_field(
            "List-Unsubscribe", "<https://mailer.example2/u/k3>, <mailto:u@a.example>"
        )
    ],
    "letter-unlisted": [GOOD.with_field("X-Mailru-Msgtype", "letterconfirm")],
    "alternatives": [
        replace(GOOD, has_text_first=False),
        replace(GOOD, subtype="mixed"),
    ],
    "charset": [replace(GOOD, charset="koi8-r")],
    "transfer-encoding": [
        replace(GOOD, transfer="8bit", encode=str.encode),
        replace(
            GOOD,
            encode=lambda text: GOOD.encode(text).replace(b"\r\n", b""),
        ),
    ],
    "parts-filled": [replace(GOOD, text="")],
    "html-size": [GOOD.with_page(SENTENCE, SENTENCE * 30)],
    "html-nearly-too-large": [GOOD.with_page(SENTENCE * 40, SENTENCE * 780)],
    "same-in-text": [replace(GOOD, text=f"Читайте на сайте. {LEAVE}\r\n")],
    "html-framed": [
        GOOD.with_page('lang="ru" ', ""),
        GOOD.with_page(' dir="ltr"', ""),
        GOOD.with_page("<title>Вестник</title>", ""),
        GOOD.with_page('<meta charset="utf-8">', ""),
    ],
    "colour-scheme": [
        GOOD.with_page('<meta name="color-scheme" content="light dark">', "")
    ],
    "passive": [
        GOOD.with_page("<h1>", "<script>alert(1)</script><h1>"),
        GOOD.with_page("<h1>", "<form action='/'><input></form><h1>"),
        GOOD.with_page("<h1>", "<h1 onclick='alert(1)'>"),
    ],
    "self-contained": [
        GOOD.with_page("<style>", "<link rel=stylesheet href=/a.css><style>"),
        GOOD.with_page("p { margin: 0 }", "@import '/a.css';"),
        GOOD.with_page("<h1>", "<h1 style='background:url(https://a.example/b)'>"),
    ],
    "links": [
        GOOD.with_page("https://vestnik.example/most", "javascript:alert(1)"),
        GOOD.with_page("https://vestnik.example/most", "/most"),
        GOOD.with_page("https://vestnik.example/most", "https://bit.ly/3x"),
        GOOD.with_page("https://vestnik.example/most", "http://192.0.2.7/most"),
        GOOD.with_page(">Мост</a>", ">https://bank.example/</a>"),
    ],
    "links-named": [GOOD.with_page(">Мост</a>", "></a>")],
    "pictures": [
        GOOD.with_page("https://vestnik.example/most.jpg", "data:image/png;base64,AA"),
        GOOD.with_page(' alt="Мост на закате"', ""),
    ],
    "pictures-sized": [GOOD.with_page(' width="600"', "")],
    "no-pixel": [GOOD.with_page('width="600"', 'width="1" height="1"')],
    "enough-text": [GOOD.with_page(SENTENCE * 40, SENTENCE)],
    "headings": [
        GOOD.with_page("<h1>Выпуск</h1>", ""),
        GOOD.with_page("<h2>Город</h2>", ""),
    ],
    "tables": [GOOD.with_page(' role="presentation"', "")],
    "preheader": [
        GOOD.with_page('<div style="display:none">', "<div>"),
        GOOD.with_page("а школьники нашли зуб мамонта", ""),
    ],
    "signed": [
        GOOD.with_field("DKIM-Signature"),
        GOOD.with_field("DKIM-Signature", "v=1; a=ed25519-sha256; d=vestnik.example"),
    ],
    "signature-covers": [
        GOOD.with_field(
            "DKIM-Signature", "a=rsa-sha256; d=vestnik.example; h=from:from:to:subject"
        )
    ],
    "signature-guards-from": [
        GOOD.with_field(
            "DKIM-Signature", "a=rsa-sha256; d=vestnik.example; h=from:to:subject"
        )
    ],
    "signature-aligned": [
        GOOD.with_field(
            "DKIM-Signature", "a=rsa-sha256; d=relay.example; h=from:from:to"
        )
    ],
}
PLANTED = [
    pytest.param(key, draft, id=f"{key}-{number}")
    for key, drafts in FAULTS.items()
    for number, draft in enumerate(drafts)
]


def broken(raw: bytes, *, is_for_a_list: bool | None = None) -> set[str]:
    found = lint_message(raw, is_for_a_list=is_for_a_list)
    return {finding.rule.key for finding in found}


def test_a_good_message_breaks_no_rule() -> None:
    assert lint_message(GOOD.written()) == []


def test_every_rule_has_its_own_key_and_a_planted_fault() -> None:
    keys = [rule.key for rule in RULES]

    assert len(keys) == len(set(keys))
    assert set(keys) == set(FAULTS)


@pytest.mark.parametrize(("key", "draft"), PLANTED)
def test_a_planted_fault_breaks_its_rule(key: str, draft: Draft) -> None:
    assert key in broken(draft.written())


@pytest.mark.parametrize("receiver", sorted(EVERYONE))
def test_every_receiver_has_a_checklist(receiver: str) -> None:
    asked = [rule for rule in RULES if receiver in rule.asked_by]

    assert len(asked) > len(RULES) / 2


@pytest.mark.parametrize(
    "file", sorted(GOLDEN.glob("digest.*.eml")), ids=lambda f: f.name
)
def test_our_messages_are_refused_by_nobody(file: Path) -> None:
    refused = [
        finding
        for finding in lint_message(file.read_bytes())
        if finding.rule.severity is Severity.REFUSE
    ]

    assert refused == []


def test_a_letter_to_one_person_needs_no_list() -> None:
    letter = GOOD
    for name in (
        *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
        *("Feedback-ID", "Precedence", "X-Mailru-Msgtype"),
    ):
        letter = letter.with_field(name)

    assert broken(letter.written()) == set()
    assert "list-id" in broken(letter.written(), is_for_a_list=True)


def test_a_digest_without_any_word_of_its_list_is_one_all_the_same() -> None:
    digest = GOOD
    for name in ("List-Id", "List-Unsubscribe", "Feedback-ID", "Precedence"):
        digest = digest.with_field(name)

    assert {"list-id", "list-unsubscribe", "precedence"} <= broken(digest.written())


@given(raw=st.binary(max_size=400))
def test_anything_at_all_can_be_taken_apart(raw: bytes) -> None:
    assert "fields-present" in broken(raw + b"\r\n\r\n")


@given(
    place=st.integers(min_value=0, max_value=len(GOOD.written()) - 1),
    byte=st.integers(min_value=0, max_value=255),
)
def test_no_damaged_byte_stops_the_rules(place: int, byte: int) -> None:
    raw = bytearray(GOOD.written())
    raw[place] = byte

    lint_message(bytes(raw))
