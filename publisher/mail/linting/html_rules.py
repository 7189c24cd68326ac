"""What the HTML of a message may hold, and what every reader must be able to read."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import pairwise
from urllib.parse import urlsplit

from publisher.mail.linting.rule import Receiver, Rule, Severity
from publisher.mail.linting.specimen import Specimen, excerpt, words_in

__all__ = ["HTML_RULES"]

PREHEADER = range(40, 111)
"""In characters: less is filled up by what follows, more is cut."""
LITTLE_TEXT = 3200
"""In bytes; filters take a picture with less text for an advertisement."""

_ACTIVE = ("script", "iframe", "object", "embed", "form", "input", "video", "audio")
_SHORTENERS = frozenset(
    {"bit.ly", "goo.gl", "t.co", "tinyurl.com", "clck.ru", "vk.cc", "is.gd", "ow.ly"}
)
_OUTSIDE = re.compile(r"@import|url\s*\(|expression\s*\(|behavior\s*:", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_FILLING = re.compile(r"[\s\u00a0\u034f\u200b-\u200d\u2007\ufeff\u00ad]+")
_SHOWN_URL = re.compile(r"\s*(https?://\S+)\s*")


def _framed(specimen: Specimen) -> Iterator[str]:
    if specimen.tree is None:
        return
    root = specimen.tree
    if not root.get("lang"):
        yield "<html> has no lang"
    if root.get("dir") not in {"ltr", "rtl"}:
        yield "<html> has no dir"
    if not (root.findtext(".//title") or "").strip():
        yield "it has no <title>"
    metas = list(specimen.elements("meta"))
    if not any((m.get("charset") or "").lower() == "utf-8" for m in metas):
        yield "it has no <meta charset>"


def _colour_scheme(specimen: Specimen) -> Iterator[str]:
    schemes = [m for m in specimen.elements("meta") if m.get("name") == "color-scheme"]
    if specimen.tree is not None and not schemes:
        yield "it does not say which colour schemes it is made for"


def _passive(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements(*_ACTIVE):
        yield f"it holds <{found.tag!s}>"
    for found in specimen.elements():
        for name in found.attrib if isinstance(found.tag, str) else ():
            if str(name).startswith("on"):
                yield f"<{found.tag!s}> has {name!s}"


def _self_contained(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("link", "base"):
        yield f"it holds <{found.tag!s}>"
    for found in specimen.elements("style"):
        if _OUTSIDE.search(found.text or ""):
            yield "its style fetches or runs something"
    for found in specimen.elements():
        if isinstance(found.tag, str) and _OUTSIDE.search(found.get("style") or ""):
            yield f"the style of <{found.tag}> fetches or runs something"


def _links(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("a"):
        href = (found.get("href") or "").strip()
        parts = urlsplit(href)
        if parts.scheme not in {"https", "http", "mailto"}:
            yield f"a link leads to {excerpt(href) or 'nowhere'}"
            continue
        host = parts.hostname or ""
        if host in _SHORTENERS:
            yield f"a link hides behind {host}"
        if _is_number(host):
            yield f"a link names a machine by number: {host}"
        shown = _SHOWN_URL.fullmatch(words_in(found))
        if shown and urlsplit(shown[1]).hostname != parts.hostname:
            yield f"a link shows {excerpt(shown[1])} and leads to {host}"


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _named_links(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("a"):
        pictures = [img.get("alt") or "" for img in found.iter("img")]
        if not words_in(found) and not "".join(pictures).strip():
            yield f"a link to {excerpt(found.get('href') or '')} has no words"


def _pictures(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("img"):
        source = found.get("src") or ""
        if not source.startswith("https://"):
            yield f"a picture is not fetched over https: {excerpt(source)}"
        if found.get("alt") is None:
            yield f"a picture has no alt: {excerpt(source)}"


def _sized(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("img"):
        if not found.get("width") and not found.get("height"):
            yield f"a picture has no size: {excerpt(found.get('src') or '')}"


def _no_pixel(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("img"):
        size = {found.get("width"), found.get("height")} - {None}
        if size and size <= {"0", "1"}:
            yield f"a picture of one pixel: {excerpt(found.get('src') or '')}"


def _enough_text(specimen: Specimen) -> Iterator[str]:
    if specimen.tree is None or next(specimen.elements("img"), None) is None:
        return
    shown = len(words_in(specimen.tree).encode())
    if shown < LITTLE_TEXT:
        yield f"it shows pictures and only {shown} bytes of text"


def _headed(specimen: Specimen) -> Iterator[str]:
    levels = [
        int(str(h.tag)[1])
        for h in specimen.elements("h1", "h2", "h3", "h4", "h5", "h6")
    ]
    if specimen.tree is not None and levels.count(1) != 1:
        yield f"it has {levels.count(1)} headings of the first level"
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"a heading of level {below} follows one of level {above}"


def _tables(specimen: Specimen) -> Iterator[str]:
    for found in specimen.elements("table"):
        if found.get("role") != "presentation" and next(found.iter("th"), None) is None:
            yield "a table is read out as data"
            return


def _preheader(specimen: Specimen) -> Iterator[str]:
    if specimen.tree is None:
        return
    body = specimen.tree.find("body")
    first = body[0] if body is not None and len(body) else None
    if first is None or not _HIDDEN.search(first.get("style") or ""):
        yield "it does not begin with a hidden summary"
        return
    words = _FILLING.sub(" ", words_in(first)).strip()
    if len(words) not in PREHEADER:
        yield f"the hidden summary has {len(words)} characters"


HTML_RULES = (
    Rule(
        key="html-framed",
        check=_framed,
        remedy="name language, direction, title and charset",
        source="WCAG 2.2 success criteria 2.4.2 and 3.1.1",
    ),
    Rule(
        key="colour-scheme",
        check=_colour_scheme,
        remedy='write <meta name="color-scheme" content="light dark">',
        source="Apple Mail and Outlook invert colours without it",
        severity=Severity.WARN,
    ),
    Rule(
        key="passive",
        check=_passive,
        remedy="leave it out: mail programs remove it, and filters count it",
        source="the content rules of all five",
    ),
    Rule(
        key="self-contained",
        check=_self_contained,
        remedy="write styles into the message, and pictures as <img>",
        source="Gmail removes outside styles",
    ),
    Rule(
        key="links",
        check=_links,
        remedy="link to the page itself by its name, over http or https",
        source="the phishing rules of all five",
    ),
    Rule(
        key="links-named",
        check=_named_links,
        remedy="write words into the link, or an alt for its picture",
        source="WCAG 2.2 success criterion 2.4.4",
    ),
    Rule(
        key="pictures",
        check=_pictures,
        remedy="give it an https address and an alt, empty where it only decorates",
        source="WCAG 2.2 success criterion 1.1.1",
    ),
    Rule(
        key="pictures-sized",
        check=_sized,
        remedy="write its width or height",
        source="Outlook takes its size from the file",
        asked_by=frozenset({Receiver.MICROSOFT}),
        severity=Severity.WARN,
    ),
    Rule(
        key="no-pixel",
        check=_no_pixel,
        remedy="do not watch readers",
        source="our own rule; Apple, Yahoo and Mail.ru fetch it for everybody",
    ),
    Rule(
        key="enough-text",
        check=_enough_text,
        remedy="say in words what the pictures show",
        source="SpamAssassin's rules on pictures with little text",
        severity=Severity.WARN,
    ),
    Rule(
        key="headings",
        check=_headed,
        remedy="one heading of level 1, and none left out",
        source="WCAG 2.2 success criterion 1.3.1",
    ),
    Rule(
        key="tables",
        check=_tables,
        remedy='write role="presentation" on tables that only arrange',
        source="WCAG 2.2 success criterion 1.3.1",
        severity=Severity.WARN,
    ),
    Rule(
        key="preheader",
        check=_preheader,
        remedy="begin with a hidden summary of 40 to 110 characters",
        source="inboxes show it beside the subject",
        severity=Severity.WARN,
        is_for_lists=True,
    ),
)
