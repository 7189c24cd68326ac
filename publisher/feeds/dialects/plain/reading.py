"""Read a document of anybody's, carefully, and say what is wrong with it."""

import codecs
import json
from datetime import datetime

from lxml import etree

from publisher.feeds.dialects.plain.atom import atom_findings
from publisher.feeds.dialects.plain.json_feed import json_findings
from publisher.feeds.dialects.plain.rss import rss_findings
from publisher.feeds.dialects.plain.rules import DocumentFinding, found
from publisher.feeds.markup import ATOM

__all__ = ["LARGEST", "lint_document"]

LARGEST = 20_000_000
"""Documents with more bytes are not read at all."""

_LARGE = 1_000_000


def lint_document(
    body: bytes, *, now: datetime | None = None
) -> tuple[DocumentFinding, ...]:
    """Return what is wrong with an RSS, Atom or JSON feed, by its lines.

    Dates to come are found where `now` is given. Any bytes give findings, never an
    error; nothing outside of them is read.
    """
    if len(body) > LARGEST:
        reason = f"it has {len(body):,} bytes and was not read"
        return (found("large", 1, "document", reason),)
    start = body.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    findings = _of_json(body, now) if start in {b"{", b"["} else _of_xml(body, now)
    if len(body) > _LARGE:
        findings.append(found("large", 1, "document", f"it has {len(body):,} bytes"))
    findings.sort(key=lambda finding: finding.line)
    return tuple(findings)


def _of_json(body: bytes, now: datetime | None) -> list[DocumentFinding]:
    try:
        feed = json.loads(body)
    except json.JSONDecodeError as error:
        place = f"column {error.colno}"
        return [found("broken", error.lineno, place, error.msg)]
    except (ValueError, RecursionError) as error:
        return [found("broken", 1, "document", str(error) or "it is nested too deep")]
    if not isinstance(feed, dict):
        return [found("kind-unknown", 1, "document", "it is no JSON object")]
    return list(json_findings(feed, now))


def _of_xml(body: bytes, now: datetime | None) -> list[DocumentFinding]:
    # No entities, no network, no DTD (law 18).
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = error.msg or "it is no XML"
        return [found("broken", max(1, line), f"column {max(1, column)}", reason)]
    except (ValueError, LookupError) as error:
        return [found("broken", 1, "document", str(error))]
    findings = []
    if root.getroottree().docinfo.internalDTD is not None:
        findings.append(found("doctype", 1, "document", "it has a DOCTYPE"))
    if root.tag == "rss":
        return findings + list(rss_findings(root, now))
    if root.tag == f"{{{ATOM}}}feed":
        return findings + list(atom_findings(root, now))
    name = etree.QName(root).localname
    reason = f"<{name}> is neither rss nor an Atom feed"
    return [*findings, found("kind-unknown", root.sourceline, name, reason)]
