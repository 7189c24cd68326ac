"""A mail with a token of ours unsubscribes; what machines write does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import HeaderError
from publisher.mail.leave_mail import leave_address, read_ask
from publisher.mail.message_name import DeliveryName
from publisher.mail.return_path import make_return_path

SECRET = b"a secret of these tests"
OLD = b"the secret before it"
ADDRESS = leave_address("leave+@vestnik.example", 1842, SECRET)


def a_mail(to: str = ADDRESS, subject: str = "", **headers: str) -> bytes:
    lines = [f"To: {to}", "From: a@reader.example", f"Subject: {subject}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


@given(st.integers(1, 2**48 - 1))
def test_the_address_names_its_subscription(number: int) -> None:
    address = leave_address("leave+@vestnik.example", number, SECRET)

    assert address == address.lower()
    assert len(address.partition("@")[0]) <= 64
    assert read_ask(a_mail(address), [SECRET]).subscription_id == number


@pytest.mark.parametrize(
    "raw",
    [
        a_mail(),
        a_mail(ADDRESS.upper()),
        a_mail(f"Leave <{ADDRESS}>, somebody@else.example"),
        a_mail("undisclosed-recipients:;", Delivered_To=ADDRESS),
        a_mail("x", X_Original_To=ADDRESS),
        a_mail("x", Envelope_To=f"<{ADDRESS}>"),
        a_mail("leave@vestnik.example", subject=f"Re: {ADDRESS}"),
        a_mail("leave@vestnik.example", subject=ADDRESS[6:30].upper()),
        a_mail(Auto_Submitted="no"),
        a_mail(Auto_Submitted=" No (a person)".replace(" (a person)", "")),
        a_mail(Return_Path="<a@reader.example>"),
        # What Apple Mail writes for who presses its button.
        a_mail(Auto_Submitted="auto-replied", X_Apple_Unsubscribe="true"),
        a_mail() + b"\xff\xfe no text at all \x00",
        ADDRESS.join(["To: ", ""]).encode(),
        b"Delivered-To: other@vestnik.example\n" + a_mail("x", Delivered_To=ADDRESS),
    ],
)
def test_any_mail_with_the_token_is_understood(raw: bytes) -> None:
    assert read_ask(raw, [OLD, SECRET]).subscription_id == 1842


@pytest.mark.parametrize(
    "raw",
    [
        a_mail(Auto_Submitted="auto-replied"),
        a_mail(Auto_Submitted="auto-generated; owner-email=a@b.example"),
        a_mail(Auto_Submitted="AUTO-NOTIFIED"),
        a_mail(Precedence="bulk"),
        a_mail(Precedence="Junk"),
        a_mail(Return_Path="<>"),
        a_mail(List_Id="<daily.vestnik.example>"),
        a_mail(Content_Type="multipart/report; boundary=b"),
    ],
)
def test_what_a_machine_wrote_leaves_nothing(raw: bytes) -> None:
    ask = read_ask(raw, [SECRET])

    assert ask.subscription_id is None
    assert ask.is_automatic
    assert "a@b.example" not in ask.reason


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        a_mail("leave@vestnik.example"),
        a_mail("leave+@vestnik.example"),
        a_mail(leave_address("leave+@vestnik.example", 1842, b"somebody else's")),
        a_mail(ADDRESS[:20] + ("7" if ADDRESS[20] != "7" else "6") + ADDRESS[21:]),
        # A token for bounces opens nothing else.
        a_mail(make_return_path("leave+@vestnik.example", DeliveryName(1842), SECRET)),
        a_mail("x", subject="=?utf-8?q?" + "=FF" * 30 + "?="),
        a_mail("x", subject="=?no-such?b?//?="),
        a_mail("x", subject="=?utf-8?b?abcde?="),
        a_mail("a" * 5000),
    ],
)
def test_a_mail_without_a_token_of_ours_is_kept_for_a_person(raw: bytes) -> None:
    ask = read_ask(raw, [SECRET])

    assert ask.subscription_id is None
    assert not ask.is_automatic
    assert ask.reason


@given(st.binary(max_size=300))
def test_nothing_that_arrives_breaks_it(raw: bytes) -> None:
    assert read_ask(raw, [SECRET]).subscription_id is None


def test_an_address_with_too_long_a_name_is_refused() -> None:
    with pytest.raises(HeaderError, match="longer than 64"):
        leave_address(f"{'b' * 40}+@vestnik.example", 1842, SECRET)
