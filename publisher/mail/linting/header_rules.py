"""What the header fields of a message must say, and how they must be written."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

from publisher.mail.linting.rule import Receiver, Rule, Severity
from publisher.mail.linting.specimen import Specimen, excerpt

__all__ = ["HEADER_RULES"]

MAX_LINE = 998
MAX_WORD = 75
MANY_CAPITALS = 8

_ONCE = (
    *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
    *("reply-to", "sender", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
    *("feedback-id", "precedence"),
)
_NEEDED = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")
_UNWANTED = {
    "bcc": "tells receivers who else got it",
    "disposition-notification-to": "asks for a receipt",
    "return-receipt-to": "asks for a receipt",
    "x-mailer": "names a program and its version",
    "return-path": "belongs to the receiving server",
}
_MAILBOXES = frozenset({"from", "to", "reply-to", "sender"})
# RFC 6532 allows them before the @, and RFC 2047 never encodes an address.
_WIDE_MAILBOX = re.compile(
    rb"(?:[!#-'*+/-9=?A-Z^-~.-]|[\xc2-\xf4][\x80-\xbf]{1,3})+@[A-Za-z0-9.-]+"
)
_WORD = re.compile(r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=")
_HALF_A_WORD = re.compile(r"=\?[^?\s]+\?[BbQq]\?")
_MESSAGE_ID = re.compile(r"<[^\s<>@]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+>")


def _needed(specimen: Specimen) -> Iterator[str]:
    for name in _NEEDED:
        if not specimen.one(name):
            yield f"{name} is missing"


def _once(specimen: Specimen) -> Iterator[str]:
    for name in _ONCE:
        if len(specimen.all(name)) > 1:
            yield f"{name.title()} stands {len(specimen.all(name))} times"


def _well_formed(specimen: Specimen) -> Iterator[str]:
    for line in specimen.stray_lines:
        told = excerpt(line.decode("utf-8", "replace"))
        yield f"a line of the header is no field: {told}"
    # A file with LF alone is a message as a machine keeps it, not as it goes.
    if b"\r" in specimen.raw and re.search(rb"(?<!\r)\n|\r(?!\n)", specimen.raw):
        yield "a line ends in a bare CR or LF"
    if b"\0" in specimen.raw:
        yield "it holds a NUL"


def _ascii(specimen: Specimen) -> Iterator[str]:
    for found in specimen.fields:
        value = b"".join(found.lines)
        if found.name.lower() in _MAILBOXES:
            value = _WIDE_MAILBOX.sub(b"", value)
        if not value.isascii():
            yield f"{found.name} has letters beyond ASCII that are not encoded"
        if any(len(line) > MAX_LINE for line in found.lines):
            yield f"{found.name} has a line of more than {MAX_LINE} octets"


def _one_author(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("From")
    authors = getaddresses([value])
    if len(authors) > 1:
        yield f"From names {len(authors)} mailboxes"
    elif not authors or "@" not in authors[0][1]:
        if value:
            yield f"From has no address that can be read: {excerpt(value)}"
    elif _HALF_A_WORD.search(authors[0][1]):
        yield "the address in From is encoded together with the name"


def _one_recipient(specimen: Specimen) -> Iterator[str]:
    count = len([one for one in getaddresses(specimen.all("To")) if one[1]])
    if count != 1:
        yield f"To names {count} recipients"
    if specimen.all("Cc"):
        yield "it has a Cc"


def _dated(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("Date")
    if not value:
        return
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        yield f"Date cannot be read: {excerpt(value)}"
        return
    if at.tzinfo is None:
        yield "Date has no offset from UTC"


def _identified(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("Message-ID")
    if value and not _MESSAGE_ID.fullmatch(value):
        yield f"Message-ID is not of the form <id@domain>: {excerpt(value)}"


def _encoded_words(specimen: Specimen) -> Iterator[str]:
    for found in specimen.fields:
        for word in _WORD.findall(found.value):
            if len(word) > MAX_WORD:
                yield f"{found.name} has an encoded word of {len(word)} characters"
            if _decoded(word) is None:
                yield f"{found.name} has an encoded word that cannot be decoded"


def _decoded(value: str) -> str | None:
    """Return the text of a value with encoded words; None when they are no text."""
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii")
            for part, charset in decode_header(value)
        )
    except (HeaderParseError, LookupError, ValueError):
        return None


def _subject(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("Subject")
    text = _decoded(value)
    if text is None:
        return  # The rule on encoded words tells it.
    if value and not text.strip():
        yield "Subject is empty"
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) >= MANY_CAPITALS and all(letter.isupper() for letter in letters):
        yield "Subject is in capitals only"
    if text.lower().startswith(("re:", "fwd:", "fw:")):
        yield "Subject pretends to be an answer"


def _unwanted(specimen: Specimen) -> Iterator[str]:
    for name, harm in _UNWANTED.items():
        if specimen.all(name):
            yield f"{name.title()} {harm}"


def _automatic(specimen: Specimen) -> Iterator[str]:
    if specimen.one("Auto-Submitted").lower() not in {
        "auto-generated",
        "auto-replied",
    }:
        yield "Auto-Submitted does not say auto-generated"


HEADER_RULES = (
    Rule(
        key="fields-present",
        check=_needed,
        remedy="write the field",
        source="RFC 5322 section 3.6",
    ),
    Rule(
        key="fields-once",
        check=_once,
        remedy="write the field once",
        source="RFC 5322 section 3.6; Gmail answers 5.7.x to a second one",
    ),
    Rule(
        key="well-formed",
        check=_well_formed,
        remedy="end every line with CR and LF, and refuse such values",
        source="RFC 5322 sections 2.1 and 2.2; RFC 5321 section 2.3.8",
    ),
    Rule(
        key="header-ascii",
        check=_ascii,
        remedy="encode it as RFC 2047 says, and fold it",
        source="RFC 5322 section 2.1.1; RFC 2047; RFC 6532 section 3.2",
    ),
    Rule(
        key="one-author",
        check=_one_author,
        remedy="write one mailbox and encode the name alone",
        source="RFC 5322 section 3.6.2; the From rules of Gmail and Microsoft",
    ),
    Rule(
        key="one-recipient",
        check=_one_recipient,
        remedy="send each reader a message of their own",
        source="the bulk sender rules of Mail.ru and Yandex",
    ),
    Rule(
        key="date",
        check=_dated,
        remedy="write it as RFC 5322 does, with an offset",
        source="RFC 5322 section 3.3",
    ),
    Rule(
        key="message-id",
        check=_identified,
        remedy="write <unique@your.domain>",
        source="RFC 5322 section 3.6.4",
    ),
    Rule(
        key="encoded-words",
        check=_encoded_words,
        remedy="cut between characters, at most 75 to a word",
        source="RFC 2047 section 2",
    ),
    Rule(
        key="subject",
        check=_subject,
        remedy="say what is in it, in ordinary letters",
        source="the content rules of Gmail, Mail.ru and Yandex",
        asked_by=frozenset({Receiver.GMAIL, Receiver.MAILRU, Receiver.YANDEX}),
    ),
    Rule(
        key="unwanted-fields",
        check=_unwanted,
        remedy="leave the field out",
        source="RFC 5322 section 3.6.3; RFC 8098 section 2.1; RFC 5321 section 4.4",
        severity=Severity.WARN,
    ),
    Rule(
        key="auto-submitted",
        check=_automatic,
        remedy="write Auto-Submitted: auto-generated",
        source="RFC 3834 section 5",
        severity=Severity.WARN,
    ),
)
