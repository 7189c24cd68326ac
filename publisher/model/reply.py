"""What the reply of a mail server, or its silence, means for a delivery.

The phase decides first (RFC 5321 section 4.2): the same code speaks of the relay while
the connection opens, of the sender at MAIL, of the reader at RCPT and of the message
after DATA. Then the enhanced status code (RFC 3463), then a few words that servers
without one use. What nobody can know is named `doubt`, never guessed.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = [
    "CLOSING",
    "OPENING",
    "Kind",
    "Outcome",
    "Phase",
    "is_expected",
    "outcome_of",
    "outcome_of_loss",
    "retry_at",
]


class Phase(StrEnum):
    """Where in an SMTP session we are; each value names what we wait for."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """The DATA command and the message, up to but without the final dot."""
    DOT = "dot"
    QUIT = "quit"


class Kind(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    RETRY = "retry"
    """Not now; the same bytes may be tried later."""
    REFUSED = "refused"
    """This reader's address was refused."""
    CONTENT = "content"
    """The message was refused; the reader's address is not to blame."""
    RELAY = "relay"
    """Our relay or our sender is the trouble: pause the relay, blame no reader."""
    DOUBT = "doubt"
    """The final dot was sent and no reply was seen: never a blind retry."""
    STOPPED = "stopped"
    """Withdrawn by us before the message was handed over."""


OPENING = frozenset({Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.TLS, Phase.AUTH})
"""Before any message is spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one attempt came to; `code` is 0 and `status` empty where none was seen.

    `ends_connection` says that the connection is closed or its state unknown.
    """

    kind: Kind
    phase: Phase
    code: int = 0
    status: str = ""
    text: str = ""
    ends_connection: bool = False

    @property
    def is_throttle(self) -> bool:
        """Tell whether the other side asked us to slow down."""
        return self.code in {421, 450, 451} or self.status.startswith("4.7.")

    @property
    def is_policy(self) -> bool:
        """Tell whether we were refused for what we are; counts for the provider."""
        return self.kind is Kind.CONTENT and self.status.startswith("5.7.")

    @property
    def is_turned_away(self) -> bool:
        """Tell whether a relay said that it takes no further connection for now."""
        is_opening = self.phase in {Phase.GREETING, Phase.EHLO}
        return is_opening and self.kind is Kind.RETRY and self.code != 0

    @property
    def is_common(self) -> bool:
        """Tell whether any other message would have met the same.

        Such an attempt counts for the relay and not as one of the delivery's.
        """
        return self.kind is Kind.RELAY or self.phase in OPENING


EXPECTED: dict[Phase, frozenset[int]] = {
    Phase.CONNECT: frozenset(),
    Phase.GREETING: frozenset({220}),
    Phase.EHLO: frozenset({250}),
    Phase.TLS: frozenset({220}),
    Phase.AUTH: frozenset({235}),
    Phase.MAIL: frozenset({250}),
    Phase.RCPT: frozenset({250, 251, 252}),
    Phase.DATA: frozenset({354}),
    Phase.DOT: frozenset(range(200, 300)),
    Phase.QUIT: frozenset({221}),
}

TEMPORARY = range(400, 500)
PERMANENT = range(500, 600)
# The server is about to close (RFC 5321 section 3.8); allowed in every phase.
CLOSING = 421
# Exceeded storage allocation: a full mailbox, or a message too big.
NO_ROOM = 552

# Authentication and encryption wanted or failed (RFC 4954 section 6, RFC 3207).
LOGIN_CODES = frozenset({454, 530, 534, 535, 538})
# The sender's address or system was refused (RFC 3463 section 3.2).
SENDER_STATUSES = frozenset({"5.1.7", "5.1.8"})
# Syntax, sequence and parameters (RFC 5321 section 4.2.2, RFC 3463 section 3.6).
SYNTAX_CODES = frozenset({501, 555})
SYNTAX_STATUSES = frozenset({"5.5.2", "5.5.4"})
PROTOCOL_CODES = SYNTAX_CODES | {500, 502, 503, 504}
PROTOCOL_STATUSES = SYNTAX_STATUSES | {"5.5.1", "5.5.5", "5.5.6"}
# No such mailbox, domain or mailbox syntax; moved; no mail here; disabled.
ADDRESS_STATUSES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
TOO_BIG_STATUSES = frozenset({"5.2.3", "5.3.4"})
FULL_STATUSES = frozenset({"", "5.0.0", "5.2.0", "5.2.2", "5.3.1"})

_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_STATUS_IN_BRACKETS = re.compile(r"\(#([245]\.\d{1,3}\.\d{1,3})\)")
_RELAY_DENIED = re.compile(
    r"\brelay(ing)?\s+(access\s+)?(is\s+)?(denied|prohibited|not\s+(allowed|permitted))"
    r"|unable to relay|not (allowed|permitted) to relay",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"\b(spam|spamhaus|spamcop|blocked using|blacklist(ed)?|blocklist(ed)?|dnsbl|rbl"
    r"|reputation|policy|dmarc|dkim|spf|ptr|reverse dns)\b",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\b(size|too (big|large))\b", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\u2028\u2029]+")

MAX_TEXT = 500


def is_expected(phase: Phase, code: int) -> bool:
    """Tell whether a reply is the one that lets the session go on."""
    return code in EXPECTED[phase]


def outcome_of(phase: Phase, code: int, text: str = "") -> Outcome:
    """Return what a reply means that ended an attempt.

    Any reply is taken: one that no server may give in this phase counts as a lost
    connection. Raises ValueError for a reply that ends nothing, such as 250 at MAIL,
    and for QUIT, where no delivery is at stake.
    """
    if phase is Phase.QUIT or (phase is not Phase.DOT and is_expected(phase, code)):
        msg = f"the reply {code} at {phase} decides about no delivery"
        raise ValueError(msg)
    if not (code in TEMPORARY or code in PERMANENT or is_expected(phase, code)):
        return outcome_of_loss(phase, f"not a reply to {phase}: {code} {text}")
    status = _status_in(text, code)
    return Outcome(
        kind=_kind(phase, code, status, text),
        phase=phase,
        code=code,
        status=status,
        text=_one_line(text),
        ends_connection=code == CLOSING or phase in OPENING,
    )


def outcome_of_loss(phase: Phase, text: str = "") -> Outcome:
    """Return what it means that the connection was lost, or no reply came in time.

    Before the final dot no server takes a message, so trying again is safe; after it
    nobody knows (RFC 1047).
    """
    if phase is Phase.QUIT:
        msg = "a connection lost at quit decides about no delivery"
        raise ValueError(msg)
    return Outcome(
        kind=Kind.DOUBT if phase is Phase.DOT else Kind.RETRY,
        phase=phase,
        text=_one_line(text) or "connection lost",
        ends_connection=True,
    )


def _kind(phase: Phase, code: int, status: str, text: str) -> Kind:
    """Return the kind of a well-formed reply; a success only after the final dot."""
    if is_expected(phase, code):
        return Kind.SENT
    if code == CLOSING:
        return Kind.RETRY
    if _is_about_us(code, status, text):
        return Kind.RELAY
    if phase in {Phase.TLS, Phase.AUTH}:
        # What fails now fails for every message after it.
        return Kind.RELAY
    if code in TEMPORARY:
        return Kind.RETRY
    return Kind.RELAY if phase in OPENING else _refusal(phase, code, status, text)


def _is_about_us(code: int, status: str, text: str) -> bool:
    """Tell whether a relay refuses whatever we send: our login, sender or rights."""
    if code in LOGIN_CODES or status in SENDER_STATUSES:
        return True
    # What another server said, as Postfix quotes it, was said of one address only.
    own, _, _ = text.partition(" said: ")
    return status not in ADDRESS_STATUSES and bool(_RELAY_DENIED.search(own))


def _refusal(phase: Phase, code: int, status: str, text: str) -> Kind:
    """Return the kind of a 5xx reply from MAIL on."""
    if _is_too_big(phase, code, status, text):
        return Kind.CONTENT
    if status == "5.2.2" or (code == NO_ROOM and status in FULL_STATUSES):
        # RFC 5321 section 4.5.3.1.10 wants 552 treated as a temporary 452.
        return Kind.RETRY
    if phase is Phase.MAIL:
        return Kind.RELAY
    if status in ADDRESS_STATUSES:
        return Kind.REFUSED
    if _is_protocol(phase, code, status):
        return Kind.RELAY
    is_policy = status.startswith("5.7.") or (not status and _POLICY.search(text))
    return Kind.REFUSED if phase is Phase.RCPT and not is_policy else Kind.CONTENT


def _is_protocol(phase: Phase, code: int, status: str) -> bool:
    if phase is Phase.RCPT and (code in SYNTAX_CODES or status in SYNTAX_STATUSES):
        # The only thing in the command that differs is the reader's address.
        return False
    return code in PROTOCOL_CODES or status in PROTOCOL_STATUSES


def _is_too_big(phase: Phase, code: int, status: str, text: str) -> bool:
    if status in TOO_BIG_STATUSES:
        return True
    if code != NO_ROOM or status not in FULL_STATUSES - {"5.2.2"}:
        return False
    # At MAIL only the declared SIZE can be meant (RFC 1870 section 6.1).
    return phase is Phase.MAIL or bool(_SIZE.search(text))


def _status_in(text: str, code: int) -> str:
    """Return the enhanced status of a reply, empty when it contradicts the code."""
    found = _STATUS.match(text) or _STATUS_IN_BRACKETS.search(text)
    if found is None or int(found[1][0]) != code // 100:
        return ""
    return found[1]


def _one_line(text: str) -> str:
    """Return what a server said, fit for a log and for the store."""
    return _UNPRINTABLE.sub(" ", text).strip()[:MAX_TEXT]


# A greylist opens after 1 to 15 minutes; a digest is of no use days later, so this is
# far shorter than the 4 to 5 days of RFC 5321 section 4.5.4.1.
LADDER = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(minutes=60),
    timedelta(minutes=120),
)
MAX_JITTER = 0.2


def retry_at(attempt: int, now: datetime, jitter: float) -> datetime:
    """Return when to try again after the attempt with this number, counted from 1.

    `jitter` in [-1, 1] is the caller's randomness and moves a wait by up to 20 %. The
    last rung repeats: when to give up is the caller's to say. Raises ValueError.
    """
    if attempt < 1 or not -1 <= jitter <= 1 or now.tzinfo is None:
        msg = (
            f"no retry after attempt {attempt} at {now.isoformat()}, jitter {jitter}:"
            " attempts count from 1, times are aware, jitter is from -1 to 1"
        )
        raise ValueError(msg)
    wait = LADDER[min(attempt, len(LADDER)) - 1]
    return now + wait * (1 + MAX_JITTER * jitter)
