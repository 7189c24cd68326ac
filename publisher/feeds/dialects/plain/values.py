"""Values of feeds: dates, addresses, languages; each says what is wrong, or nothing."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

__all__ = [
    "is_address",
    "is_language",
    "is_mailbox",
    "rfc822_date",
    "rfc3339_date",
    "shortened",
    "weekday_of",
]

_RFC822 = re.compile(
    r"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UT|UTC|Z|[ECMP][SD]T)"
)
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)
_COUNTRIES = {"cz", "dk", "gr", "jp", "kz", "ua", "us", "cn"}
_MAILBOX = re.compile(r"[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+(?: \(.+\))?")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONGEST = 60


def shortened(text: str | None) -> str:
    """Return a value as findings quote it."""
    line = " ".join((text or "").split())
    return f'"{line}"' if len(line) <= _LONGEST else f'"{line[:_LONGEST]}…"'


def is_address(text: str | None, *, in_ascii: bool = True) -> bool:
    """Tell whether a text is an absolute http(s) address."""
    text = (text or "").strip()
    whole = re.fullmatch(r"https?://[^\s<>\"]+", text, re.IGNORECASE) is not None
    return whole and (text.isascii() or not in_ascii)


def is_language(text: str | None) -> bool:
    """Tell whether a text is a language code; codes of countries are none."""
    text = (text or "").strip()
    primary, _, _ = text.partition("-")
    return _LANGUAGE.fullmatch(text) is not None and primary.lower() not in _COUNTRIES


def is_mailbox(text: str | None) -> bool:
    """Tell whether a text is a mailbox, with or without a name in brackets."""
    return _MAILBOX.fullmatch((text or "").strip()) is not None


def rfc822_date(text: str | None) -> datetime | None:
    """Return a date of RFC 822 with four digits for the year, or None."""
    text = (text or "").strip()
    if _RFC822.fullmatch(text) is None:
        return None
    try:
        # "Z" and "UT" are not known to every parser.
        moment = parsedate_to_datetime(re.sub(r" (?:UTC?|Z)$", " GMT", text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def weekday_of(text: str | None, moment: datetime) -> str:
    """Return the right day of the week where a date of RFC 822 names another one."""
    match = _RFC822.fullmatch((text or "").strip())
    named = match[1] if match is not None else None
    right = _WEEKDAYS[moment.weekday()]
    return right if named and named != right else ""


def rfc3339_date(text: str | None) -> datetime | None:
    """Return a date of RFC 3339, or None."""
    text = (text or "").strip()
    if _RFC3339.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
