"""What a DKIM signature must cover, where the message bears one."""

import re
from collections.abc import Iterator

from publisher.mail.linting.rule import Rule, Severity
from publisher.mail.linting.specimen import Specimen

__all__ = ["SIGNATURE_RULES"]

_ALWAYS = (
    *("from", "to", "subject", "date", "message-id", "mime-version", "content-type"),
)
_WHERE_PRESENT = (
    *("reply-to", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
    "feedback-id",
)


def signatures(specimen: Specimen) -> list[dict[str, str]]:
    """Return the tags of every DKIM-Signature (RFC 6376 section 3.2)."""
    found = []
    for value in specimen.all("DKIM-Signature"):
        pairs = (part.partition("=") for part in value.split(";"))
        found.append({name.strip(): re.sub(r"\s", "", tag) for name, _, tag in pairs})
    return found


def _signed(specimen: Specimen) -> Iterator[str]:
    made = signatures(specimen)
    if not made:
        yield "it bears no DKIM signature of its own"
    elif not any(tags.get("a") == "rsa-sha256" for tags in made):
        yield "it bears no rsa-sha256 signature, and some receivers know no other"


def _covering(specimen: Specimen) -> Iterator[str]:
    """Look for one signature over everything: a relay may add others."""
    wanted = [*_ALWAYS, *(name for name in _WHERE_PRESENT if specimen.all(name))]
    faults: list[str] = []
    for tags in signatures(specimen):
        covered = tags.get("h", "").lower().split(":")
        missing = [name for name in wanted if name not in covered]
        if not missing and "l" not in tags and tags.get("a") == "rsa-sha256":
            return
        if missing:
            left_out = ", ".join(missing)
            faults.append(
                f"the signature of {tags.get('d', '?')} leaves out {left_out}"
            )
        if "l" in tags:
            faults.append("the signature covers a part of the body only")
    yield from faults


def _guarding(specimen: Specimen) -> Iterator[str]:
    for tags in signatures(specimen):
        if tags.get("h", "").lower().split(":").count("from") == 1:
            yield f"somebody may add a second From to what {tags.get('d', '?')} signed"


def _aligned(specimen: Specimen) -> Iterator[str]:
    made = signatures(specimen)
    author = specimen.one("From").rpartition("@")[2].rstrip("> ").lower()
    domains = [tags.get("d", "").lower() for tags in made]
    if made and not any(_is_aligned(author, domain) for domain in domains):
        yield f"{', '.join(domains)} signed for {author}"


def _is_aligned(author: str, domain: str) -> bool:
    """Tell whether one domain is the other's, or lies in it (relaxed alignment)."""
    return bool(domain) and (
        author == domain
        or author.endswith(f".{domain}")
        or domain.endswith(f".{author}")
    )


SIGNATURE_RULES = (
    Rule(
        key="signed",
        check=_signed,
        remedy="sign it here (mail.dkim), or let the relay sign it",
        source="bulk sender rules of Gmail, Yahoo and Microsoft",
        severity=Severity.WARN,
    ),
    Rule(
        key="signature-covers",
        check=_covering,
        remedy="name the fields in h=, and leave l= out",
        source="RFC 8058 section 4; RFC 6376 section 5.4",
    ),
    Rule(
        key="signature-guards-from",
        check=_guarding,
        remedy="name From once more in h= than it stands in the message",
        source="RFC 6376 section 8.15",
        severity=Severity.WARN,
    ),
    Rule(
        key="signature-aligned",
        check=_aligned,
        remedy="sign with the domain of From",
        source="RFC 7489 section 3.1.1; RFC 9989",
    ),
)
