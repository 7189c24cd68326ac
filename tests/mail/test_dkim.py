"""Signatures are verified by a stranger, and by nobody once a byte was changed."""

import re
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ConfigError
from publisher.mail.dkim.keys import DkimKey, dns_record, load_key, make_key
from publisher.mail.dkim.signing import Signer
from publisher.mail.linting.linter import lint_message
from publisher.mail.message import Composition, compile_message
from tests.mail.samples import (
    CONFIRMATION,
    KAZAKH,
    LEAVE,
    RUSSIAN,
    a_reader,
)
from tests.mail.verifying import verdicts

DOMAIN = "mail.vestnik.example"
TEXTS = st.text("абвəқғ abc:;&<'", max_size=120)


def a_key(algorithm: str, selector: str) -> DkimKey:
    return load_key(make_key(algorithm), algorithm, selector, "a key of this test")


RSA = a_key("rsa-sha256", "one")
ED25519 = a_key("ed25519-sha256", "two")
SIGNER = Signer(DOMAIN, (RSA, ED25519))


def signed(composition: Composition, link: str = "k3jq7v2m") -> bytes:
    return compile_message(composition, SIGNER).for_reader(a_reader(link=link))


@given(
    subject=TEXTS.map(lambda text: " ".join(text.split()) or "х"),
    text=TEXTS,
    link=st.text("abcdefghijklmnop0123456789_-", min_size=1, max_size=60),
)
def test_every_signature_is_verified_whatever_the_message(
    subject: str, text: str, link: str
) -> None:
    body = f"{text}\n{LEAVE}\n{text}"

    message = signed(replace(RUSSIAN, subject=subject, text=body, html=body), link)

    assert verdicts(message, SIGNER) == [True, True]


@pytest.mark.parametrize("composition", [KAZAKH, CONFIRMATION])
def test_a_message_of_any_kind_is_signed(composition: Composition) -> None:
    assert verdicts(signed(composition), SIGNER) == [True, True]


@pytest.mark.parametrize(
    "field",
    [
        *("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "List-Id"),
        *("List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"),
        *("MIME-Version", "Content-Type", "Precedence", "Auto-Submitted"),
    ],
)
def test_a_changed_field_is_noticed(field: str) -> None:
    changed = re.sub(
        rb"(?m)^(%b: .)" % field.encode(), rb"\1x", signed(RUSSIAN), count=1
    )

    assert verdicts(changed, SIGNER) == [False, False]


@pytest.mark.parametrize("field", ["From", "Reply-To", "To", "Subject", "Date"])
def test_a_second_field_of_what_readers_see_is_noticed(field: str) -> None:
    forged = b"%b: forged@evil.example\r\n" % field.encode() + signed(RUSSIAN)

    assert verdicts(forged, SIGNER) == [False, False]


def test_another_readers_token_is_noticed() -> None:
    ours, theirs = signed(RUSSIAN, "a" * 32), signed(RUSSIAN, "b" * 32)
    head, _, _ = ours.partition(b"\r\n\r\n")
    _, _, body = theirs.partition(b"\r\n\r\n")

    assert verdicts(ours, SIGNER) == [True, True]
    assert verdicts(head + b"\r\n\r\n" + body, SIGNER) == [False, False]
    swapped = ours.replace(b"/u/" + b"a" * 32, b"/u/" + b"b" * 32)
    assert verdicts(swapped, SIGNER) == [False, False]


def test_a_retry_bears_the_same_signature() -> None:
    assert signed(RUSSIAN) == signed(RUSSIAN)


def test_a_signature_changes_nothing_else() -> None:
    plain = compile_message(RUSSIAN).for_reader(a_reader())

    assert signed(RUSSIAN).endswith(plain)


def test_signed_messages_keep_the_rules_of_providers() -> None:
    broken = {finding.rule.key for finding in lint_message(signed(RUSSIAN))}

    assert not {rule for rule in broken if rule.startswith("sign")}


def test_lines_of_a_signature_are_short() -> None:
    head, _, _ = signed(RUSSIAN).partition(b"\r\nTo: ")

    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert len(message_from_bytes(head + b"\r\n\r\n").items()) == 2


def test_a_domain_in_any_script_is_signed_for() -> None:
    signer = Signer("дала.қаз", (RSA,))

    message = compile_message(RUSSIAN, signer).for_reader(a_reader())

    assert b"d=xn--80aak3a.xn--80ao21a;" in message
    assert verdicts(message, signer) == [True]


def test_records_fit_into_the_strings_of_a_name_server() -> None:
    record = dns_record(RSA, DOMAIN)

    assert record.name == "one._domainkey.mail.vestnik.example"
    assert record.text.startswith("v=DKIM1; k=rsa; p=MII")
    pieces = re.findall(r'"([^"]*)"', record.quoted)
    assert "".join(pieces) == record.text
    assert max(map(len, pieces)) <= 255


def pem_of(bits: int) -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    ("pem", "algorithm", "why"),
    [
        (b"nothing", "rsa-sha256", "var/dkim.pem is no private key in PEM"),
        (pem_of(1024), "rsa-sha256", "var/dkim.pem has 1024 bits; receivers want 2048"),
        (make_key("ed25519-sha256"), "rsa-sha256", "is not a key for rsa-sha256"),
        (make_key("rsa-sha256"), "ed25519-sha256", "is not a key for ed25519-sha256"),
    ],
)
def test_a_key_that_receivers_would_not_take_is_refused(
    pem: bytes, algorithm: str, why: str
) -> None:
    with pytest.raises(ConfigError, match=f"{why}.*publisher mail dkim"):
        load_key(pem, algorithm, "one", "var/dkim.pem")


@pytest.mark.parametrize("selector", ["", "Two Words", "a;b", "ключ", "-a"])
def test_a_selector_that_no_name_server_knows_is_refused(selector: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a selector"):
        Signer(DOMAIN, (replace(RSA, selector=selector),))


def test_a_key_is_never_shown() -> None:
    assert "PRIVATE" not in repr(SIGNER)
    assert "RSAPrivateKey" not in repr(compile_message(RUSSIAN, SIGNER))


def test_the_golden_messages_are_signed_as_they_stand() -> None:
    golden = Path(__file__).parent / "golden" / "digest.ru.eml"

    assert signed(RUSSIAN).endswith(golden.read_bytes())
