"""What a message to subscribers must say of its list, and how one leaves it."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from publisher.mail.linting.rule import Receiver, Rule, Severity
from publisher.mail.linting.specimen import Specimen, excerpt

__all__ = ["LIST_RULES"]

MAX_LEAVE_URL = 200
EARLY = 10 * 1024

_LIST_ID = re.compile(r".*<[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+>\s*")
_FEEDBACK = re.compile(r"([^:\s]{0,60}:){0,3}[A-Za-z0-9_.-]{5,15}")
_MSGTYPE = re.compile(r"[A-Za-z0-9]{1,32}")
_ADDRESSES = re.compile(r"<([^<>]*)>")


def leave_addresses(specimen: Specimen) -> list[str]:
    """Return the addresses in List-Unsubscribe."""
    return _ADDRESSES.findall(specimen.one("List-Unsubscribe"))


def _leave_url(specimen: Specimen) -> str:
    return next((u for u in leave_addresses(specimen) if u.startswith("https:")), "")


def _unsubscribe(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("List-Unsubscribe")
    if not value:
        yield "List-Unsubscribe is missing"
        return
    if "=?" in value:
        yield "List-Unsubscribe is encoded, so that no program finds the address"
        return
    web = [a for a in leave_addresses(specimen) if a.startswith(("https:", "http:"))]
    if len(web) != 1:
        yield f"List-Unsubscribe has {len(web)} web addresses, not one"
    elif not web[0].startswith("https:"):
        yield f"the web address in List-Unsubscribe is not https: {excerpt(web[0])}"
    for address in leave_addresses(specimen):
        if re.search(r"\s", address):
            yield "List-Unsubscribe is folded inside an address"
        if len(address) > MAX_LEAVE_URL:
            yield f"an address in List-Unsubscribe has {len(address)} characters"


def _mailto(specimen: Specimen) -> Iterator[str]:
    addresses = leave_addresses(specimen)
    if addresses and not any(a.startswith("mailto:") for a in addresses):
        yield "List-Unsubscribe has no mailto address"


def _one_click(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("List-Unsubscribe-Post")
    if value != "List-Unsubscribe=One-Click":
        found = f'says "{excerpt(value)}"' if value else "is missing"
        yield f"List-Unsubscribe-Post {found}"


def _list_id(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("List-Id")
    if not _LIST_ID.fullmatch(value):
        found = f"is not of the form name <list.domain>: {excerpt(value)}"
        yield f"List-Id {found if value else 'is missing'}"


def _feedback_id(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("Feedback-ID")
    if not _FEEDBACK.fullmatch(value):
        found = f"is not a:b:c:SenderId with 5 to 15 characters last: {excerpt(value)}"
        yield f"Feedback-ID {found if value else 'is missing'}"


def _precedence(specimen: Specimen) -> Iterator[str]:
    if specimen.one("Precedence").lower() not in {"bulk", "list"}:
        yield "Precedence does not say bulk"


def _msgtype(specimen: Specimen) -> Iterator[str]:
    value = specimen.one("X-Mailru-Msgtype") or specimen.one("X-Postmaster-Msgtype")
    if not _MSGTYPE.fullmatch(value):
        found = f'says "{excerpt(value)}"' if value else "is missing"
        yield f"X-Mailru-Msgtype {found}"


def _visible(specimen: Specimen) -> Iterator[str]:
    """Look for the link that leaves, in every part that a reader may be shown."""
    url = _leave_url(specimen)
    if not url:
        return
    text, page = specimen.part("text/plain"), specimen.part("text/html")
    if text is not None and url not in text.text:
        yield "the text part does not show the address that leaves"
    if page is not None:
        hrefs = [a.get("href") for a in specimen.elements("a")]
        if url not in hrefs:
            yield "the HTML part has no link that leaves"
        elif url not in page.text[:EARLY].replace("&amp;", "&"):
            yield f"no link that leaves stands within the first {EARLY} characters"


def _same_place(specimen: Specimen) -> Iterator[str]:
    """Find out whether leaving happens on a site of the sender."""
    url, author = _leave_url(specimen), specimen.one("From")
    host = (urlsplit(url).hostname or "") if url else ""
    domain = author.rpartition("@")[2].rstrip("> ").lower()
    if host and domain and _owner(host) != _owner(domain):
        yield f"one leaves at {host}, while the sender is {domain}"


def _owner(host: str) -> str:
    """Return the last two labels, which is near enough for a warning."""
    return ".".join(host.split(".")[-2:])


LIST_RULES = (
    Rule(
        key="list-unsubscribe",
        check=_unsubscribe,
        remedy="write one https address of at most 200 characters, as it is",
        source="RFC 2369; RFC 8058 section 3.1; bulk sender rules since 2024",
        is_for_lists=True,
    ),
    Rule(
        key="unsubscribe-mailto",
        check=_mailto,
        remedy="add a mailto address that your service reads",
        source="RFC 2369 section 3.2",
        asked_by=frozenset({Receiver.MICROSOFT, Receiver.MAILRU, Receiver.YANDEX}),
        severity=Severity.WARN,
        is_for_lists=True,
    ),
    Rule(
        key="one-click",
        check=_one_click,
        remedy="write List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        source="RFC 8058 section 3.1",
        is_for_lists=True,
    ),
    Rule(
        key="list-id",
        check=_list_id,
        remedy='write "Name" <list.your.domain>, the same for ever',
        source="RFC 2919",
        is_for_lists=True,
    ),
    Rule(
        key="feedback-id",
        check=_feedback_id,
        remedy="write up to three ids and the sender's, parted by colons",
        source="Gmail's feedback loop",
        asked_by=frozenset({Receiver.GMAIL}),
        severity=Severity.WARN,
        is_for_lists=True,
    ),
    Rule(
        key="precedence",
        check=_precedence,
        remedy="write Precedence: bulk",
        source="Yandex's rules for mailings",
        asked_by=frozenset({Receiver.YANDEX}),
        is_for_lists=True,
    ),
    Rule(
        key="mailru-msgtype",
        check=_msgtype,
        remedy="write at most 32 Latin letters and digits",
        source="Mail.ru Postmaster: statistics by kind of message",
        asked_by=frozenset({Receiver.MAILRU}),
        severity=Severity.WARN,
        is_for_lists=True,
    ),
    Rule(
        key="visible-unsubscribe",
        check=_visible,
        remedy="show it at the top and at the foot of both parts",
        source="bulk sender rules of Gmail, Yahoo, Microsoft, Mail.ru and Yandex",
        is_for_lists=True,
    ),
    Rule(
        key="unsubscribe-place",
        check=_same_place,
        remedy="serve it under the sender's own domain",
        source="the rules of Mail.ru on links to strange sites",
        asked_by=frozenset({Receiver.MAILRU}),
        severity=Severity.WARN,
        is_for_lists=True,
    ),
)
