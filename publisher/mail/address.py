"""Mail addresses as people type them: how to show, send to and compare them.

One reader is one key. Dots and plus signs are left alone: they mean what the reader's
provider says they mean.
"""

from dataclasses import dataclass

import idna
from email_validator import EmailNotValidError, validate_email

from publisher.errors import SubscriberError

__all__ = ["Address", "ascii_domain", "for_people", "masked", "parse_address"]

MAX_QUOTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address that mail can be sent to.

    `text` is for people, its domain in their own script; `mailbox` is for the envelope
    and the header, its domain in A-labels (RFC 5890); `key` is for comparing.
    """

    text: str
    mailbox: str
    key: str

    @property
    def needs_smtputf8(self) -> bool:
        """Tell whether only servers with SMTPUTF8 (RFC 6531) can take mail for it."""
        return not self.mailbox.isascii()


def parse_address(text: str, *, allow_test: bool = False) -> Address:
    """Return the address in a text, without asking the network about it.

    Spaces around it are forgiven. `allow_test` admits domains under `.test`. Raises
    SubscriberError that says what is wrong.
    """
    try:
        found = validate_email(
            text.strip(" \t"),
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=True,
            check_deliverability=False,
            test_environment=allow_test,
        )
    except EmailNotValidError as error:
        msg = (
            f'"{_shown(text)}" is not an address that mail can be sent to: {error}'
            " Write it like name@example.kz."
        )
        raise SubscriberError(msg) from None
    domain = found.ascii_domain.lower()
    return Address(
        text=found.normalized,
        mailbox=f"{found.local_part}@{domain}",
        key=f"{found.local_part.lower()}@{domain}",
    )


def for_people(mailbox: str) -> str:
    """Return an address for people, its domain in their own script."""
    local, _, domain = mailbox.rpartition("@")
    if "xn--" not in domain:
        return mailbox
    try:
        return f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:
        return mailbox


def masked(email: str) -> str:
    """Return an address as its owner knows it again and nobody learns it: `a…@m…`."""
    local, _, domain = for_people(email).rpartition("@")
    return f"{local[:1]}…@{domain[:1]}…"


def ascii_domain(domain: str) -> str:
    """Return a domain in A-labels by IDNA 2008 with the mapping of UTS 46.

    Raises SubscriberError when it is no domain.
    """
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        msg = f'"{_shown(domain)}" is not a domain name: {error}'
        raise SubscriberError(msg) from None


def _shown(text: str) -> str:
    """Return a text from outside so that it can stand in one line of an answer."""
    printable = "".join(c if c.isprintable() else "?" for c in text)
    return printable[:MAX_QUOTED]
