"""A Message-ID that comes back in a report names its delivery, and cannot be forged."""

import pytest

from publisher.errors import HeaderError
from publisher.mail.message_id import key_in_message_id, make_message_id

SECRET = b"a secret of these tests"


@pytest.mark.parametrize(
    "text",
    [
        "<d1842.00000000000000000000@mail.vestnik.example>",
        "<d1842@mail.vestnik.example>",
        "",
        "<CAF=abc@mail.gmail.com>",
        "d1842." + "0" * 5000,
    ],
)
def test_a_message_id_of_others_names_no_delivery(text: str) -> None:
    assert key_in_message_id(text, SECRET) is None


def test_a_message_id_is_known_again_after_mail_servers_mangled_it() -> None:
    ours = make_message_id("d1842", SECRET, "mail.vestnik.example")

    assert key_in_message_id(f"  {ours.upper()} ", SECRET) == "d1842"
    assert key_in_message_id(ours.strip("<>"), SECRET) == "d1842"
    assert key_in_message_id(ours, b"another secret") is None
    assert key_in_message_id(ours.replace("d1842", "d1843"), SECRET) is None


def test_a_message_id_is_the_same_on_every_machine_and_every_try() -> None:
    made = make_message_id("d1842", SECRET, "mail.vestnik.example")

    assert made == "<d1842.097e3ec45182c70c83a2@mail.vestnik.example>"


@pytest.mark.parametrize(
    ("key", "domain"),
    [
        ("", "a.example"),
        ("d 1", "a.example"),
        ("d1\n", "a.example"),
        ("D1", "a.example"),
        ("d" * 41, "a.example"),
        ("d1", ""),
        ("d1", "a b"),
        ("d1", "a.example\r\n"),
        ("d1", "дала.қаз"),
    ],
)
def test_no_message_id_is_made_of_what_may_not_stand_in_one(
    key: str, domain: str
) -> None:
    with pytest.raises(HeaderError, match="Message-ID: no id from the key"):
        make_message_id(key, SECRET, domain)
