"""Header fields as bytes: our own writer, the same on every Python.

The standard library's loses spaces between Cyrillic words, and encodes a long
List-Unsubscribe so that mail clients no longer find the address in it. Here structured
fields stay verbatim and fold only between the elements of a list; Subject and display
names become RFC 2047 encoded-words with every space inside a word, because spaces
between words vanish when they are decoded (section 6.2).
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from publisher.errors import HeaderError, SubscriberError
from publisher.mail.address import ascii_domain

__all__ = ["Mailbox", "encode_header", "encode_mailbox", "encode_phrase"]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, which may be empty, and an address."""

    name: str
    address: str


# RFC 5322 section 2.1.1: the limit of a line, and where to fold where we may.
MAX_LINE = 998
FOLD_AT = 76
WORD_START, WORD_END = "=?UTF-8?B?", "?="
MAX_WORD = 75
# In bytes of UTF-8: 45, which is 60 characters of base64 in a word of 72.
FULL_WORD = (MAX_WORD - len(WORD_START) - len(WORD_END)) // 4 * 3
# The longest character is four bytes.
SMALLEST_WORD = 6

# The fields whose text is free (RFC 5322 section 3.6.5) and so may be encoded.
UNSTRUCTURED = frozenset({"subject", "comments", "content-description"})

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = re.compile(rf"{_ATOM}(?: {_ATOM})*")
_ADDRESS = re.compile(r"([^\s<>()\[\],;:\\\"@]{1,64})@([^\s<>()\[\],;:\\\"@]{1,255})")

# Pieces that joined give the value again; a line may end between two of them.
_WORDS = re.compile(r" *[^ ]+")
_ELEMENTS = re.compile(r'(?:<[^>]*>|"(?:\\.|[^"\\])*"|[^,<"]++|,(?! )|[<"])+,?')

# A character with what belongs to it: accents, an emoji joined to others, a flag. Fixed
# ranges and not `unicodedata`, which grows with Python: the same text must give the
# same bytes for ever (law 11).
_MARK = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
_CLUSTER = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|.{_MARK}*(?:\u200d.{_MARK}*)*", re.DOTALL
)


def encode_header(name: str, value: str) -> bytes:
    """Return the whole field with its CRLF; raises HeaderError naming the field.

    Only Subject and other free text may hold more than ASCII.
    """
    _refuse_controls(name, value)
    if name.lower() in UNSTRUCTURED:
        return _free_text(name, value)
    if not value.isascii():
        msg = f"{name}: only names and Subject may hold more than ASCII: {value!r}"
        raise HeaderError(msg)
    if len(name) + 2 + len(value) <= FOLD_AT:
        return f"{name}: {value}\r\n".encode()
    return _field(name, _folded(f"{name}: ", _ELEMENTS.findall(value), value))


def encode_mailbox(name: str, mailbox: Mailbox) -> bytes:
    """Return a field with one mailbox, such as From or To; raises HeaderError.

    The display name is encoded, the address never: its domain goes to A-labels, and a
    local part beyond ASCII stays as it is (RFC 6532), for servers with SMTPUTF8.
    """
    address = _address(name, mailbox.address)
    if not mailbox.name:
        return _field(name, [f"{name}: {address}"])
    return encode_phrase(name, mailbox.name, address)


def encode_phrase(name: str, phrase: str, bracketed: str) -> bytes:
    """Return a field of a phrase and `<bracketed>`, such as List-Id or From.

    What is in brackets stays verbatim, on one line. Raises HeaderError.
    """
    _refuse_controls(name, phrase + bracketed)
    lines = _phrase(name, phrase) if phrase else [f"{name}:"]
    ending = f" <{bracketed}>"
    if len(lines[-1]) + len(ending) <= FOLD_AT or not phrase:
        lines[-1] += ending
    else:
        lines.append(ending)
    return _field(name, lines)


def _refuse_controls(name: str, value: str) -> None:
    """Refuse what could end the field and begin another one (law 18)."""
    if not _NAME.fullmatch(name):
        msg = f"{name!r} is not the name of a header field"
        raise HeaderError(msg)
    if found := _CONTROL.search(value):
        msg = (
            f"{name}: the control character {found[0]!r} may not stand in a header;"
            " give the text as one line"
        )
        raise HeaderError(msg)


def _address(name: str, address: str) -> str:
    """Return an address as it may stand in a field."""
    found = _ADDRESS.fullmatch(address)
    if not found or _CONTROL.search(address):
        msg = f"{name}: {address!r} is not an address like name@example.kz"
        raise HeaderError(msg)
    if found[2].isascii():
        return address
    try:
        return f"{found[1]}@{ascii_domain(found[2])}"
    except SubscriberError as error:
        msg = f"{name}: {error}"
        raise HeaderError(msg) from None


def _free_text(name: str, value: str) -> bytes:
    start = f"{name}: "
    if _is_plain(value):
        lines = _folded(start, _WORDS.findall(value), value)
        if max(map(len, lines)) <= MAX_LINE:
            return _field(name, lines)
    return _field(name, _encoded(name, value))


def _is_plain(text: str) -> bool:
    """Tell whether a text survives as it is; `=?` would be read as encoded."""
    return text.isascii() and "=?" not in text and text == text.strip()


def _phrase(name: str, phrase: str) -> list[str]:
    """Return lines with a phrase as atoms, as a quoted string or encoded."""
    if _is_plain(phrase):
        escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')
        plain = phrase if _ATOMS.fullmatch(phrase) else f'"{escaped}"'
        if len(name) + 2 + len(plain) <= FOLD_AT:
            return [f"{name}: {plain}"]
    return _encoded(name, phrase)


def _folded(start: str, pieces: list[str], value: str) -> list[str]:
    """Lay the pieces of a value out in lines."""
    if "".join(pieces) != value:
        pieces = [value]
    lines = [start]
    for piece in pieces:
        if len(lines[-1]) + len(piece) > FOLD_AT and lines[-1] != start:
            lines.append(piece)
        else:
            lines[-1] += piece
    return lines


def _encoded(name: str, text: str) -> list[str]:
    """Return lines of one encoded-word each, the first after the field's name."""
    try:
        words = [_word(data) for data in _portions(text, FOLD_AT - len(name) - 2)]
    except UnicodeEncodeError:
        msg = f"{name}: the text holds half a character (a lone surrogate): {text!r}"
        raise HeaderError(msg) from None
    return [f"{name}: {words[0]}", *(f" {word}" for word in words[1:])]


def _word(data: bytes) -> str:
    return f"{WORD_START}{base64.b64encode(data).decode()}{WORD_END}"


def _portions(text: str, columns: int) -> Iterator[bytes]:
    """Yield the text in portions for one word each, the first for fewer columns.

    Characters are never split, and characters that belong together only where they
    are too many for a word.
    """
    room = max(
        SMALLEST_WORD,
        min(FULL_WORD, (columns - len(WORD_START) - len(WORD_END)) // 4 * 3),
    )
    portion = b""
    for cluster in _CLUSTER.findall(text):
        data = cluster.encode()
        if portion and len(portion) + len(data) > room:
            yield portion
            portion, room = b"", FULL_WORD
        parts = [data] if len(data) <= room else [char.encode() for char in cluster]
        for part in parts:
            if len(portion) + len(part) > room:
                yield portion
                portion, room = b"", FULL_WORD
            portion += part
    yield portion


def _field(name: str, lines: list[str]) -> bytes:
    """Join the lines of a field; the last guard before its bytes."""
    if any(len(line.encode()) > MAX_LINE for line in lines):
        msg = f"{name}: a line would be longer than {MAX_LINE} bytes; shorten the value"
        raise HeaderError(msg)
    return "\r\n".join([*lines, ""]).encode()
