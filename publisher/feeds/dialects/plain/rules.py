"""What the plain rules are called, how bad it is, what to do, and who says so."""

from dataclasses import dataclass

from publisher.feeds.dialects.dialect import Severity

__all__ = ["RULES", "DocumentFinding", "PlainRule", "found"]

PROFILE = "RSS Best Practices Profile"
RSS = "RSS 2.0 specification"
ATOM = "RFC 4287 section"
JSON = "JSON Feed 1.1"
W3C = "W3C feed validator"


@dataclass(frozen=True, slots=True)
class PlainRule:
    """A rule that holds for every feed, whoever reads it."""

    id: str
    severity: Severity
    remedy: str
    source: str


def _refuse(name: str, remedy: str, source: str) -> PlainRule:
    return PlainRule(name, Severity.REFUSE, remedy, source)


def _warn(name: str, remedy: str, source: str) -> PlainRule:
    return PlainRule(name, Severity.WARN, remedy, source)


RULES = {
    rule.id: rule
    for rule in (
        # ------------------------------------------------------------ any document
        _refuse(
            "broken",
            "mend it where the line says; readers show nothing of the whole feed",
            "XML 1.0 section 2.1, RFC 8259",
        ),
        _refuse(
            "kind-unknown",
            "give an RSS, Atom or JSON feed; was a page saved instead?",
            f"{RSS}, {ATOM} 4.1.1, {JSON}",
        ),
        _warn(
            "doctype",
            "take the DOCTYPE out: careful readers refuse it",
            "XML 1.0 section 2.8",
        ),
        _warn("large", "hold fewer articles, or shorter ones", f"{JSON}, Top-level"),
        _refuse("required", "write it once", f"{RSS}, {ATOM} 4.1, {JSON}"),
        _refuse(
            "id-repeated",
            "give every article a permanent id of its own: one of them is never shown",
            f"{PROFILE}, guid; {ATOM} 4.2.6; {JSON}, Items",
        ),
        _warn(
            "id-missing",
            "give every article a permanent id",
            f"{PROFILE}, guid",
        ),
        _refuse(
            "address",
            "write it in full with http(s), in ASCII: percent-encoded, punycode hosts",
            f"{PROFILE}, link; RFC 3986 section 2",
        ),
        _refuse(
            "date-form",
            "write the date in the form that the format asks for, with its zone",
            f"{RSS}, pubDate; RFC 822 section 5; RFC 3339 section 5.6",
        ),
        _refuse(
            "date-weekday", "write the right day of the week, or none", "RFC 822 5.2"
        ),
        _warn("date-missing", "date every article", f"{PROFILE}, pubDate"),
        _warn("date-future", "wait until then", W3C),
        _refuse(
            "language",
            "write the language as in RFC 5646: kk for Kazakh, not the country's kz",
            "RFC 5646 section 2.1",
        ),
        _warn(
            "self-missing",
            "name the document's own address (rel=self, feed_url)",
            f"{PROFILE}, atom:link; {ATOM} 4.1.1; {JSON}",
        ),
        _refuse(
            "active-content",
            "take it out: readers strip it or refuse the article",
            f"{W3C}, security",
        ),
        _warn(
            "address-in-content",
            "make the addresses in the content absolute",
            f"{W3C}, relative references",
        ),
        _refuse(
            "enclosure",
            "give it address, type and length (0 when not known)",
            f"{RSS}, enclosure; {JSON}, Attachments",
        ),
        # --------------------------------------------------------------------- RSS
        _warn(
            "enclosure-several",
            "enclose one file per article; most readers take one",
            f"{PROFILE}, enclosure",
        ),
        _refuse("guid-permalink", 'set isPermaLink="false"', f"{RSS}, guid"),
        _refuse(
            "mailbox",
            "write a mailbox and the name in brackets, or the name as dc:creator",
            f"{RSS}, author; {PROFILE}",
        ),
        _refuse("number", "write a whole number, 0 or more", f"{RSS}, ttl"),
        _warn("order", "write what describes the channel before its items", W3C),
        _warn(
            "content-order",
            "write content:encoded after the description",
            f"{PROFILE}, content:encoded",
        ),
        _warn(
            "category-comma",
            "write no commas in categories: some readers split there",
            "FreshRSS, categories",
        ),
        _warn("said-twice", "say it once", W3C),
        _refuse(
            "element-unknown",
            "give it the prefix of its namespace, or take it out",
            f"{RSS}, Extending RSS",
        ),
        _warn(
            "media-group",
            "group only alternatives of the same thing; write media:content alone",
            "Media RSS 1.5, media:group",
        ),
        # -------------------------------------------------------------------- Atom
        _refuse("author-missing", "name an author", f"{ATOM} 4.1.1"),
        _refuse(
            "alternate-repeated",
            "write one alternate for each type and language",
            f"{ATOM} 4.1.1",
        ),
        _refuse(
            "content-type",
            "write text, html, xhtml or a media type",
            f"{ATOM} 4.1.3.1",
        ),
        _warn(
            "relation",
            "take a registered relation, or an absolute address",
            f"{ATOM} 4.2.7.2",
        ),
        # -------------------------------------------------------------------- JSON
        _refuse(
            "version",
            "name a version of JSON Feed by its address",
            f"{JSON}, version",
        ),
        _refuse("content-missing", "write content_html or content_text", f"{JSON}"),
        _refuse("kind-of-value", "write the kind of value it asks for", f"{JSON}"),
    )
}
"""Every plain rule by its id."""


@dataclass(frozen=True, slots=True)
class DocumentFinding:
    """What is wrong with a document; `line` is 0 where only the element is known."""

    rule: str
    severity: Severity
    line: int
    element: str
    reason: str
    remedy: str
    source: str

    @property
    def sentence(self) -> str:
        """What is wrong, where, and what to do."""
        where = f"line {self.line}, {self.element}" if self.line else self.element
        return f"{where}: {self.reason}; {self.remedy}"


def found(name: str, line: int | None, element: str, reason: str) -> DocumentFinding:
    """Return a finding of a rule."""
    rule = RULES[name]
    return DocumentFinding(
        rule=name,
        severity=rule.severity,
        line=line or 0,
        element=element,
        reason=reason,
        remedy=rule.remedy,
        source=rule.source,
    )
