"""The rules of RSS 2.0, its profile and Atom that the W3C feed validator enforces.

Ours, for where that validator cannot be installed: `rss_findings` and `atom_findings`
return what is wrong with a document, in words.
"""

import re
from collections import Counter
from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime

from lxml import etree

from tests.feeds.reading import NAMES

ATOM = f"{{{NAMES['a']}}}"
KNOWN_RELATIONS = {
    *("alternate", "current", "enclosure", "hub", "next-archive", "prev-archive"),
    *("related", "replies", "self", "via"),
}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
ONE_EACH = ("pubDate", "lastBuildDate", "language", "ttl", "generator", "image")


def declared_in_vain(root: etree._Element) -> Iterator[str]:
    used = {etree.QName(element).namespace for element in root.iter("*")}
    # feedgen declares these two in every RSS document; validators know them.
    used |= {NAMES["a"], NAMES["content"]}
    for prefix, namespace in root.nsmap.items():
        if namespace not in used:
            yield f"namespace {prefix} is declared and not used"


def is_address(text: str) -> bool:
    return text.isascii() and text.startswith(("http://", "https://"))


def link_findings(links: list[etree._Element], where: str) -> Iterator[str]:
    alternates = Counter(
        (link.get("type"), link.get("hreflang"))
        for link in links
        if link.get("rel") == "alternate"
    )
    yield from (f"{where}: two alternates {a}" for a, n in alternates.items() if n > 1)
    for link in links:
        rel, href = link.get("rel", ""), link.get("href", "")
        if rel not in KNOWN_RELATIONS and "://" not in rel:
            yield f"{where}: rel={rel} is neither known nor an address"
        if not is_address(href):
            yield f"{where}: {href} is not an absolute ASCII address"
        if link.get("title") == "":
            yield f"{where}: a link has an empty title"
        if f"{{{NAMES['thr']}}}count" in link.attrib and rel != "replies":
            yield f"{where}: thr:count on rel={rel}"


def media_findings(element: etree._Element, where: str) -> Iterator[str]:
    for media in element.findall("media:content", NAMES):
        if media.get("medium") != "image" or not media.get("url", "").isascii():
            yield f"{where}: media:content without medium or ASCII address"
        for credit in media.findall("media:credit", NAMES):
            if (
                credit.get("scheme") != "urn:ebu"
                or credit.get("role") != "photographer"
            ):
                yield f"{where}: media:credit without a role of the EBU list"
    if element.find(".//media:group", NAMES) is not None:
        yield f"{where}: media:group with fewer than two alternatives"


def rss_findings(document: bytes) -> list[str]:
    root = etree.fromstring(document)
    return [
        *declared_in_vain(root),
        *_channel_findings(root[0]),
        *(
            finding
            for item in root.iter("item")
            for finding in _item_findings(item, item.findtext("guid", ""))
        ),
    ]


def _channel_findings(channel: etree._Element) -> Iterator[str]:
    names = [str(child.tag) for child in channel]
    yield from _once(channel, ("title", "link", "description"), "channel")
    yield from (f"channel: two {name}" for name in ONE_EACH if names.count(name) > 1)
    if "item" in names and set(names[names.index("item") :]) != {"item"}:
        yield "channel: metadata after the first item"
    links = channel.findall("a:link", NAMES)
    if [link.get("rel") for link in links].count("self") != 1:
        yield "channel: not exactly one rel=self"
    yield from link_findings(links, "channel")
    guids = Counter(item.findtext("guid") for item in channel.iter("item"))
    yield from (f"guid {guid} is there {n} times" for guid, n in guids.items() if n > 1)
    yield from _value_findings(channel)


def _value_findings(channel: etree._Element) -> Iterator[str]:
    if not LANGUAGE.fullmatch(channel.findtext("language", "ru")):
        yield "channel: language is no language tag"
    if int(channel.findtext("ttl", "1")) < 1:
        yield "channel: ttl is not positive"
    if channel.find(".//slash:comments", NAMES) is not None:
        yield from _date_findings(channel.findtext("lastBuildDate", ""), "channel")
    for name in ("title", "link"):
        shown = channel.findtext(f"image/{name}")
        if shown is not None and shown != channel.findtext(name):
            yield f"channel: image {name} differs from the channel's"


def _once(element: etree._Element, names: tuple[str, ...], where: str) -> Iterator[str]:
    for name in names:
        found = element.findall(name, NAMES)
        if len(found) != 1 or not found[0].text:
            yield f"{where}: {name} is missing, empty or doubled"


def _item_findings(item: etree._Element, where: str) -> Iterator[str]:
    names = [str(child.tag) for child in item]
    yield from _once(item, ("title", "link", "guid", "pubDate", "description"), where)
    if item.find("guid[@isPermaLink='false']") is None:
        yield f"{where}: guid is taken for a permalink"
    if "author" in names or names.count("enclosure") > 1:
        yield f"{where}: an author without e-mail, or a second enclosure"
    if names.index(f"{{{NAMES['content']}}}encoded") < names.index("description"):
        yield f"{where}: content:encoded before description"
    if any("," in (category.text or "") for category in item.findall("category")):
        yield f"{where}: a comma in a category"
    for name in ("link", "comments"):
        if not is_address(item.findtext(name, "https://x")):
            yield f"{where}: {name} is not an absolute ASCII address"
    yield from _picture_and_dates(item, where)
    yield from link_findings(item.findall("a:link", NAMES), where)
    yield from media_findings(item, where)


def _picture_and_dates(item: etree._Element, where: str) -> Iterator[str]:
    for enclosure in item.findall("enclosure"):
        if set(enclosure.keys()) != {"url", "length", "type"}:
            yield f"{where}: enclosure lacks an attribute"
    if not RFC3339.fullmatch(item.findtext("dcterms:modified", "", NAMES)):
        yield f"{where}: dcterms:modified is no W3C date"
    yield from _date_findings(item.findtext("pubDate", ""), where)


def _date_findings(date: str, where: str) -> Iterator[str]:
    try:
        again = format_datetime(parsedate_to_datetime(date))
    except ValueError:
        again = ""
    # Equal only with English names, the right weekday and four digits of the year.
    if again != date:
        yield f"{where}: {date!r} is no RFC 822 date"


def atom_findings(document: bytes) -> list[str]:
    root = etree.fromstring(document)
    entries = root.findall("a:entry", NAMES)
    findings = [*declared_in_vain(root), *_atom_findings(root, "feed")]
    if [*root][len(root) - len(entries) :] != entries:
        findings.append("feed: metadata after the first entry")
    if [e.get("rel") for e in root.findall("a:link", NAMES)].count("self") != 1:
        findings.append("feed: not exactly one rel=self")
    ids = Counter(entry.findtext("a:id", "", NAMES) for entry in entries)
    findings += [f"id {uid} is there {n} times" for uid, n in ids.items() if n > 1]
    for entry in entries:
        where = entry.findtext("a:id", "", NAMES)
        findings += [*_atom_findings(entry, where), *media_findings(entry, where)]
        first = entry.find("a:link", NAMES)
        if first is None or first.get("rel") != "alternate":
            findings.append(f"{where}: the first link is not the article's page")
        content = entry.find("a:content", NAMES)
        if content is None or content.get("type") != "html":
            findings.append(f"{where}: content is not of type html")
    return findings


def _atom_findings(element: etree._Element, where: str) -> Iterator[str]:
    names = Counter(str(child.tag).removeprefix(ATOM) for child in element)
    yield from _once(element, ("a:id", "a:title", "a:updated"), where)
    for name in ("published", "rights", "summary", "subtitle", "content", "generator"):
        if names[name] > 1:
            yield f"{where}: two {name}"
    for name in ("updated", "published"):
        date = element.findtext(f"a:{name}", None, NAMES)
        if date is not None and not RFC3339.fullmatch(date):
            yield f"{where}: {name} {date!r} is no RFC 3339 date"
    if not names["author"]:
        yield f"{where}: no author"
    for category in element.findall("a:category", NAMES):
        if not category.get("term"):
            yield f"{where}: category without term"
    yield from link_findings(element.findall("a:link", NAMES), where)
