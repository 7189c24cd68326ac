"""What a relay is and how patient we are with it."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address

from publisher.errors import SubscriberError, TransportError
from publisher.mail.address import ascii_domain

__all__ = ["Security", "SmtpSettings", "SmtpTimeouts"]

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


class Security(StrEnum):
    """How the connection is encrypted."""

    IMPLICIT = "implicit"
    """From the first byte, port 465."""
    STARTTLS = "starttls"
    """After EHLO; a relay that does not offer it gets no mail."""
    NONE = "none"
    """Not at all: for a relay on this machine or this network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTimeouts:
    """How long to wait for each reply (RFC 5321 section 4.5.3.2).

    Shorter ones make doubts: a relay may take a message and answer minutes later.
    `check` is for RSET and QUIT, on whose reply nothing depends. `total` bounds a whole
    transaction, connecting included.
    """

    connect: timedelta = timedelta(seconds=300)
    mail: timedelta = timedelta(seconds=300)
    rcpt: timedelta = timedelta(seconds=300)
    data: timedelta = timedelta(seconds=120)
    block: timedelta = timedelta(seconds=180)
    dot: timedelta = timedelta(seconds=600)
    check: timedelta = timedelta(seconds=5)
    total: timedelta = timedelta(seconds=1500)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A relay and the connections to it.

    A `host` that begins with a slash is a socket on this machine; `relay` is what we
    call it. A connection is closed after `messages_per_connection`, at `max_age`, or
    when it has been idle for `max_idle`; one idle for longer than `check_after` is
    tried before it is used, as a relay may have gone without a word. `pipelines` uses
    PIPELINING where it is offered. `close_within` bounds `close`. Raises TransportError
    when a password would go over the network in clear.
    """

    host: str
    helo_name: str
    relay: str = ""
    port: int = 25
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    messages_per_connection: int = 100
    pipelines: bool = True
    max_age: timedelta = timedelta(minutes=30)
    max_idle: timedelta = timedelta(seconds=15)
    check_after: timedelta = timedelta(seconds=5)
    close_within: timedelta = timedelta(seconds=8)
    timeouts: SmtpTimeouts = SmtpTimeouts()

    def __post_init__(self) -> None:
        """Refuse what would harm; the rest is the configuration's to check."""
        is_clear = self.security is Security.NONE and not _is_loopback(self.host)
        if self.username and is_clear:
            msg = (
                f'security "none" would send the password to {self.host} in clear;'
                ' use "starttls" or "implicit", or leave the username out'
            )
            raise TransportError(msg)
        if not _HOST.fullmatch(self.helo):
            msg = f"{self.helo_name!r} is no host name to give in EHLO; set helo_name"
            raise TransportError(msg)
        if self.connections < 1 or self.messages_per_connection < 1:
            msg = f"the relay {self.host} needs at least one connection and message"
            raise TransportError(msg)

    @property
    def helo(self) -> str:
        """Our own name as EHLO takes it; raises TransportError."""
        if self.helo_name.isascii():
            return self.helo_name
        try:
            return ascii_domain(self.helo_name)
        except SubscriberError as error:
            msg = f"our own name for {self.host}: {error}; correct helo_name"
            raise TransportError(msg) from None

    @property
    def name(self) -> str:
        """The relay as operators know it."""
        where = self.host if self.is_local_socket else f"{self.host}:{self.port}"
        return f"{self.relay} ({where})" if self.relay else where

    @property
    def is_local_socket(self) -> bool:
        """Whether the relay listens on a socket of this machine's file system."""
        return self.host.startswith("/")


def _is_loopback(host: str) -> bool:
    if host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
