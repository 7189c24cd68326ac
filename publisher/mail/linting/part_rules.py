"""How the parts of a message must be arranged, encoded and filled."""

from collections.abc import Iterator

from publisher.mail.linting.rule import Receiver, Rule, Severity
from publisher.mail.linting.specimen import Specimen, words_in

__all__ = ["PART_RULES"]

MAX_LINE = 76
MAX_HTML = 90 * 1024
LARGE_HTML = 80 * 1024
LITTLE_TEXT = 200

_SAFE = frozenset({"base64", "quoted-printable"})
_WANTED = ("text/plain", "text/html")


def _alternatives(specimen: Specimen) -> Iterator[str]:
    types = tuple(part.media_type for part in specimen.parts)
    if specimen.media_type != "multipart/alternative" or types != _WANTED:
        yield f"it is {specimen.media_type} of {', '.join(types) or 'nothing'}"


def _charset(specimen: Specimen) -> Iterator[str]:
    for part in specimen.parts:
        if part.media_type.startswith("text/"):
            if part.charset != "utf-8":
                yield f"{part.media_type} is in {part.charset or 'no named charset'}"
            elif "\ufffd" in part.text:
                yield f"{part.media_type} is not UTF-8 throughout"


def _transfer(specimen: Specimen) -> Iterator[str]:
    for part in specimen.parts:
        name = f"{part.media_type} in {part.transfer_encoding}"
        if part.transfer_encoding not in _SAFE and (
            part.transfer_encoding != "7bit" or not part.raw.isascii()
        ):
            yield f"{name} changes on its way through a relay"
        longest = max((len(line) for line in part.raw.split(b"\n")), default=0)
        if longest > MAX_LINE + 1:  # One for the CR.
            yield f"{name} has a line of {longest} octets"


def _filled(specimen: Specimen) -> Iterator[str]:
    for part in specimen.parts:
        if not part.text.strip():
            yield f"{part.media_type} is empty"


def _size(specimen: Specimen) -> Iterator[str]:
    page = specimen.part("text/html")
    if page is not None and len(page.body) > MAX_HTML:
        yield f"the HTML has {len(page.body)} bytes; Gmail cuts at about 102,000"


def _nearly_too_large(specimen: Specimen) -> Iterator[str]:
    page = specimen.part("text/html")
    if page is not None and LARGE_HTML < len(page.body) <= MAX_HTML:
        yield f"the HTML has {len(page.body)} bytes of {MAX_HTML}"


def _both_say_something(specimen: Specimen) -> Iterator[str]:
    text, page = specimen.part("text/plain"), specimen.part("text/html")
    if text is None or page is None or specimen.tree is None:
        return
    shown = len(words_in(specimen.tree))
    if shown > LITTLE_TEXT and len(text.text) * 3 < shown:
        yield f"the text part has {len(text.text)} characters, the HTML shows {shown}"


PART_RULES = (
    Rule(
        key="alternatives",
        check=_alternatives,
        remedy="write multipart/alternative: first text/plain, then text/html",
        source="RFC 2046 section 5.1.4",
    ),
    Rule(
        key="charset",
        check=_charset,
        remedy="write charset=utf-8 and encode so",
        source="RFC 2045 section 5.2",
    ),
    Rule(
        key="transfer-encoding",
        check=_transfer,
        remedy=f"use base64 in lines of at most {MAX_LINE}",
        source="RFC 2045 section 6; a changed body breaks its signature",
    ),
    Rule(
        key="parts-filled",
        check=_filled,
        remedy="say the same in both parts",
        source="the content rules of Mail.ru and Yandex",
    ),
    Rule(
        key="html-size",
        check=_size,
        remedy="put what is beyond behind a link",
        source="Gmail shows no more",
        asked_by=frozenset({Receiver.GMAIL}),
    ),
    Rule(
        key="html-nearly-too-large",
        check=_nearly_too_large,
        remedy="shorten leads, or put the last articles behind a link",
        source="Gmail shows about 102,000 bytes",
        asked_by=frozenset({Receiver.GMAIL}),
        severity=Severity.WARN,
    ),
    Rule(
        key="same-in-text",
        check=_both_say_something,
        remedy="tell in the text part what the HTML tells",
        source="RFC 2046 section 5.1.4; spam filters compare the parts",
        severity=Severity.WARN,
    ),
)
