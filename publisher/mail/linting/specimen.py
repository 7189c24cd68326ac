"""A message taken apart for the rules: raw header fields, parts, its HTML's tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message

from lxml import etree
from lxml.etree import _Element

__all__ = ["HeaderField", "Part", "Specimen", "excerpt", "take_apart", "words_in"]

MAX_EXCERPT = 60

_LIST_MARKS = frozenset({"list-id", "list-unsubscribe", "precedence", "feedback-id"})
_KIND = "X-Mailru-Msgtype"
_FIELD = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A header field as it was written: `value` is unfolded and not decoded."""

    name: str
    value: str
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part with content of its own; `body` is decoded, `raw` as transferred."""

    media_type: str
    charset: str
    transfer_encoding: str
    raw: bytes
    body: bytes

    @property
    def text(self) -> str:
        """The decoded text; what cannot be decoded shows as U+FFFD."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A whole message; `tree` is None when it has no HTML that could be read."""

    raw: bytes
    fields: tuple[HeaderField, ...]
    stray_lines: tuple[bytes, ...]
    media_type: str
    parts: tuple[Part, ...]
    tree: _Element | None
    _by_name: dict[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        """Return the values of every field of that name."""
        return self._by_name.get(name.lower(), [])

    def one(self, name: str) -> str:
        """Return the first value of that name, empty where there is none."""
        return next(iter(self.all(name)), "")

    def part(self, media_type: str) -> Part | None:
        """Return the first part of that type."""
        return next((p for p in self.parts if p.media_type == media_type), None)

    @property
    def is_for_a_list(self) -> bool:
        """Whether it says of itself that it goes to subscribers."""
        says_so = self.one(_KIND).startswith("digest")
        return says_so or any(name in _LIST_MARKS for name in self._by_name)

    @property
    def is_a_letter(self) -> bool:
        """Whether it says of itself that it is a letter of ours to one person."""
        return self.one(_KIND).startswith("letter")

    def elements(self, *tags: str) -> Iterator[_Element]:
        """Yield the elements of these tags in the order of the document."""
        if self.tree is not None:
            yield from self.tree.iter(*tags)


def take_apart(raw: bytes) -> Specimen:
    """Return a message for the rules; anything at all can be taken apart."""
    head, _, _ = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields, stray = _fields_of(head)
    by_name: dict[str, list[str]] = {}
    for found in fields:
        by_name.setdefault(found.name.lower(), []).append(found.value)
    message = message_from_bytes(raw, policy=policy.compat32)
    parts = tuple(_part_of(part) for part in message.walk() if not part.is_multipart())
    page = next((part for part in parts if part.media_type == "text/html"), None)
    return Specimen(
        raw=raw,
        fields=tuple(fields),
        stray_lines=tuple(stray),
        media_type=message.get_content_type(),
        parts=parts,
        tree=None if page is None else _tree_of(page.text),
        _by_name=by_name,
    )


def _fields_of(head: bytes) -> tuple[list[HeaderField], list[bytes]]:
    groups: list[list[bytes]] = []
    stray: list[bytes] = []
    for line in head.split(b"\n"):
        if line[:1] in {b" ", b"\t"} and groups:
            groups[-1].append(line)
        elif _FIELD.fullmatch(line):
            groups.append([line])
        else:
            stray.append(line)
    found = []
    for lines in groups:
        name, _, value = b"".join(lines).partition(b":")
        found.append(
            HeaderField(
                name.decode("ascii"),
                value.decode("utf-8", "replace").strip(),
                tuple(lines),
            )
        )
    return found, stray


def _part_of(part: Message) -> Part:
    payload = part.get_payload()
    raw = (
        payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
    )
    body = part.get_payload(decode=True)
    return Part(
        media_type=part.get_content_type(),
        charset=str(part.get_content_charset() or ""),
        transfer_encoding=str(part.get("Content-Transfer-Encoding", "7bit")).lower(),
        raw=raw,
        body=body if isinstance(body, bytes) else b"",
    )


def _tree_of(text: str) -> _Element | None:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True)
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except (etree.ParseError, ValueError):
        return None


def words_in(element: _Element) -> str:
    """Return the text that an element shows, with single blanks."""
    texts = element.xpath(".//text()[not(ancestor::style or ancestor::head)]")
    return " ".join("".join(map(str, texts)).split()) if isinstance(texts, list) else ""


def excerpt(text: str) -> str:
    """Return the beginning of a text from a message, for a sentence about it."""
    printable = "".join(c if c.isprintable() else "?" for c in text[:MAX_EXCERPT])
    return printable if len(text) <= MAX_EXCERPT else f"{printable}…"
