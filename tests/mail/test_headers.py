"""Headers say what we said, on every Python and to every mail program.

What we write is read back with the standard library: by `decode_header`, and by the
parser of whole messages.
"""

import re
from email import message_from_bytes, policy
from email.header import decode_header
from email.utils import parseaddr
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import HeaderError
from publisher.mail.headers import (
    Mailbox,
    encode_header,
    encode_mailbox,
    encode_phrase,
)

RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz0123456789"
EMOJI = ["👨‍👩‍👧‍👦", "🇰🇿", "👍🏽", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "é", "🙂"]
SIGNS = [",", ":", "—", "«", "»", "?", "=", '"', "\\", ".", "(", "<", "@", "=?", "№"]

WORD = re.compile(rb"=\?UTF-8\?B\?([A-Za-z0-9+/]*={0,2})\?=")


def headlines(count: int) -> list[str]:
    """Make up texts of Russian, Kazakh, Latin and emoji words; the same every time."""
    random = Random(20250428)

    def word() -> str:
        letters = random.choice([RUSSIAN, KAZAKH, LATIN])
        text = "".join(random.choices(letters, k=random.randint(1, 14)))
        text = random.choice([text, text.capitalize(), text.upper()])
        if random.random() < 0.1:
            text = random.choice(EMOJI) * random.randint(1, 4)
        return text + (random.choice(SIGNS) if random.random() < 0.2 else "")

    return [
        (" " * random.choice([1, 1, 1, 2])).join(
            word() for _ in range(random.randint(1, 16))
        )
        for _ in range(count)
    ]


def decoded(value: str) -> str:
    """Decode a header's value as RFC 2047 says."""
    return "".join(
        data if isinstance(data, str) else data.decode(charset or "ascii")
        for data, charset in decode_header(value)
    )


def unfolded(field: bytes) -> str:
    """Return the value of a field on one line."""
    text = field.decode().removesuffix("\r\n").replace("\r\n ", " ")
    return text.partition(": ")[2]


def assert_well_formed(field: bytes) -> None:
    """Check what RFC 5322 and RFC 2047 say about lines and words."""
    assert field.endswith(b"\r\n")
    lines = field[:-2].split(b"\r\n")
    assert all(line.startswith(b" ") and line.strip() for line in lines[1:])
    assert all(len(line) <= 998 for line in lines)
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)
    for found in WORD.finditer(field):
        assert len(found[0]) <= 75
        # Each word decodes alone: no character is split over two.
        assert decoded(found[0].decode()).encode()


@pytest.mark.slow
def test_ten_thousand_subjects_come_back_as_they_were() -> None:
    for subject in headlines(10_000):
        field = encode_header("Subject", subject)

        assert_well_formed(field)
        assert all(len(line) <= 76 for line in field.split(b"\r\n"))
        assert decoded(unfolded(field)) == subject
        parsed = message_from_bytes(field + b"\r\n", policy=policy.compat32)
        assert decoded(parsed["Subject"].replace("\r\n", "")) == subject


@pytest.mark.slow
def test_ten_thousand_names_come_back_as_they_were() -> None:
    for name in headlines(10_000):
        field = encode_mailbox("From", Mailbox(name, "news@mail.example.kz"))

        assert_well_formed(field)
        assert all(len(line) <= 76 for line in field.split(b"\r\n"))
        shown, address = parseaddr(unfolded(field))
        assert (decoded(shown), address) == (name, "news@mail.example.kz")
        parsed = message_from_bytes(field + b"\r\n", policy=policy.compat32)
        shown, address = parseaddr(parsed["From"])
        assert (decoded(shown), address) == (name, "news@mail.example.kz")


def test_mail_programs_that_parse_whole_messages_see_the_subject() -> None:
    for subject in headlines(300):
        field = encode_header("Subject", subject)

        parsed = message_from_bytes(field + b"\r\n", policy=policy.default)

        assert parsed["Subject"] == subject


@given(st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32)))
@example("")
@example(" ")
@example("\u2028\u0085")
@example("\u0301" * 100)
@example("a" * 2000)
@example("=?utf-8?b?0J/Rgw==?=")
@example("😀" * 40)
def test_any_text_without_controls_comes_back(text: str) -> None:
    text = text.replace("\x7f", "")

    field = encode_header("Subject", text)

    assert_well_formed(field)
    assert decoded(unfolded(field)) == text


@given(st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32), min_size=1))
@example('"')
@example("a\\")
@example("Smith, John (press)")
@example("news@example.kz")
@example(" x ")
def test_any_name_without_controls_comes_back(name: str) -> None:
    name = name.replace("\x7f", "") or "x"

    field = encode_mailbox("To", Mailbox(name, "a@b.example"))

    assert_well_formed(field)
    shown, address = parseaddr(unfolded(field))
    assert (decoded(shown), address) == (name, "a@b.example")


@pytest.mark.parametrize("cluster", EMOJI)
def test_what_belongs_together_stands_in_one_word(cluster: str) -> None:
    for lead in range(50):
        field = encode_header("Subject", "ж" + "a" * lead + cluster + "я")

        words = [decoded(found[0].decode()) for found in WORD.finditer(field)]
        assert any(cluster in word for word in words)


@pytest.mark.parametrize("control", [chr(code) for code in (*range(32), 127)])
@pytest.mark.parametrize(
    "name", ["Subject", "List-Unsubscribe", "Message-ID", "X-Mailru-Msgtype"]
)
def test_a_control_character_is_refused_and_the_field_named(
    name: str, control: str
) -> None:
    with pytest.raises(HeaderError, match=f"^{name}: the control character"):
        encode_header(name, f"news{control}Bcc: all@example.kz")


@pytest.mark.parametrize(
    "mailbox",
    [
        Mailbox("News\r\nBcc: all@example.kz", "a@b.example"),
        Mailbox("News", "a@b.example\r\nBcc: all@example.kz"),
        Mailbox("News", "a@b.example>, <c@d.example"),
        Mailbox("News", "a b@c.example"),
        Mailbox("News", ""),
        Mailbox("News", "a@b@c.example"),
        Mailbox("", "a@b.example, c@d.example"),
        Mailbox("", "a@б..example"),
        Mailbox("", "a" * 65 + "@b.example"),
    ],
)
def test_a_mailbox_cannot_smuggle_anything_in(mailbox: Mailbox) -> None:
    with pytest.raises(HeaderError, match=r"^To: "):
        encode_mailbox("To", mailbox)


@pytest.mark.parametrize("name", ["", "Sub ject", "Subject:", "Тема", "A\r\nB", "1-X"])
def test_a_field_needs_a_name(name: str) -> None:
    with pytest.raises(HeaderError, match="is not the name of a header field"):
        encode_header(name, "x")


def test_an_unsubscribe_address_is_never_encoded_nor_folded_inside() -> None:
    https = "<https://gazeta.example/u/" + "k3" * 90 + ">"
    mailto = "<mailto:unsub+" + "q7" * 25 + "@gazeta.example?subject=a,%20b>"

    field = encode_header("List-Unsubscribe", f"{https}, {mailto}")

    assert field == f"List-Unsubscribe: {https},\r\n {mailto}\r\n".encode()


def test_a_list_folds_only_between_elements() -> None:
    value = ", ".join(f'"Last{n}, First" <a{n}@b.example>' for n in range(9))

    field = encode_header("Reply-To", value)

    assert unfolded(field) == value
    lines = field.decode().removesuffix("\r\n").split("\r\n ")
    assert len(lines) > 3
    assert all(line.endswith(">,") for line in lines[:-1])
    assert all(len(line) <= 76 for line in lines)


def test_a_message_id_stays_on_one_line() -> None:
    value = "<" + "a" * 200 + "@mail.example.kz>"

    assert encode_header("Message-ID", value) == f"Message-ID: {value}\r\n".encode()


@pytest.mark.parametrize("name", ["Message-ID", "List-Unsubscribe", "Feedback-ID"])
def test_only_free_text_may_hold_more_than_ascii(name: str) -> None:
    with pytest.raises(HeaderError, match=f"^{name}: only names and Subject"):
        encode_header(name, "<новости@example.kz>")


def test_a_line_beyond_the_limit_is_refused() -> None:
    with pytest.raises(HeaderError, match=r"^Message-ID: a line would be longer"):
        encode_header("Message-ID", "<" + "a" * 1000 + "@example.kz>")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(HeaderError, match=r"^Subject: the text holds half a character"):
        encode_header("Subject", "Новости \ud83d")


def test_a_plain_subject_stays_readable_and_folds_at_its_spaces() -> None:
    subject = (
        "Weekly digest of the regional newspaper: " + "politics " * 12 + "and  more"
    )

    field = encode_header("Subject", subject)

    assert b"=?" not in field
    assert unfolded(field) == subject
    assert all(len(line) <= 76 for line in field.split(b"\r\n"))


def test_a_domain_goes_to_a_labels_and_a_cyrillic_local_part_stays() -> None:
    national = encode_mailbox("To", Mailbox("", "oqyrman@время.қаз"))
    utf8 = encode_mailbox("To", Mailbox("", "почта@пример.рф"))

    assert national == b"To: oqyrman@xn--b1agvo1f.xn--80ao21a\r\n"
    assert utf8 == "To: почта@xn--e1afmkfd.xn--p1ai\r\n".encode()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("", b"From: a@b.example\r\n"),
        ("Vremya News", b"From: Vremya News <a@b.example>\r\n"),
        ("gov.kz", b'From: "gov.kz" <a@b.example>\r\n'),
        ('the "Time"', b'From: "the \\"Time\\"" <a@b.example>\r\n'),
        ("Уақыт", b"From: =?UTF-8?B?0KPQsNKb0YvRgg==?= <a@b.example>\r\n"),
    ],
)
def test_a_name_is_written_in_its_simplest_form(name: str, field: bytes) -> None:
    assert encode_mailbox("From", Mailbox(name, "a@b.example")) == field


def test_the_name_of_a_list_is_encoded_and_its_id_is_not() -> None:
    field = encode_phrase("List-Id", "Күнделікті шолу", "daily.digest.example.kz")

    assert decoded(unfolded(field)).startswith("Күнделікті шолу ")
    assert field.endswith(b" <daily.digest.example.kz>\r\n")
    assert encode_phrase("List-Id", "", "d.example") == b"List-Id: <d.example>\r\n"
