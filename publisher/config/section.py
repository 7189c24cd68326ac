"""What every table of `config.toml` is made of: its kind and the kinds of values."""

import re
from datetime import time
from typing import Annotated, Literal, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from publisher.clock import known_zones, zone_meant

__all__ = [
    "AsciiUrl",
    "Key",
    "Language",
    "Line",
    "Section",
    "Texts",
    "TimeOfDay",
    "Url",
    "Weekday",
    "Zone",
    "a_labels",
    "by_language",
]

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    if name not in known_zones():
        meant = zone_meant(name)
        example = f' (did you mean "{meant}"?)' if meant else " such as Asia/Almaty"
        msg = f"is not an IANA time zone{example}"
        raise ValueError(msg)
    return name


def _time_of_day(value: object) -> object:
    """Take "07:00", or TOML's own 07:00:00; never a number.

    Left to pydantic a number would be seconds, and `hour = 7` would mean midnight.
    """
    text = value.isoformat() if isinstance(value, time) else value
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        is_hour = type(value) is int and value in range(24)
        example = f"{value:02}:00" if is_hour else "07:00"
        msg = f'is not a time of day; write it as "{example}"'
        raise ValueError(msg)
    return time(int(found[1]), int(found[2]))


def by_language(value: object) -> object:
    return {"": value} if isinstance(value, str) else value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        msg = "must be an absolute address beginning with http:// or https://"
        raise ValueError(msg)
    return value.rstrip("/")


def _ascii_url(value: str) -> str:
    """Write an address as it may stand in a header and in a feed: in ASCII."""
    value = _http_url(value)
    if value.isascii():
        return value
    parts = urlsplit(value)
    host = a_labels(parts.hostname or "")
    port = "" if parts.port is None else f":{parts.port}"
    return urlunsplit((parts.scheme, host + port, quote(parts.path, "/%"), "", ""))


def a_labels(domain: str) -> str:
    """Return a domain in A-labels (RFC 5890); raises ValueError for what is none."""
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        msg = f"has no domain name where it should: {error}"
        raise ValueError(msg) from None


def _one_line(value: str) -> str:
    if any(ord(letter) < 32 for letter in value):  # noqa: PLR2004 (C0 controls)
        msg = "must be a single line without control characters"
        raise ValueError(msg)
    return value


Texts: TypeAlias = Annotated[dict[str, str], BeforeValidator(by_language)]
"""One text for all languages, or a table with one per language."""
TimeOfDay: TypeAlias = Annotated[time, BeforeValidator(_time_of_day)]
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Url: TypeAlias = Annotated[str, AfterValidator(_http_url)]
AsciiUrl: TypeAlias = Annotated[str, AfterValidator(_ascii_url)]
Line: TypeAlias = Annotated[str, AfterValidator(_one_line)]
Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]
Language: TypeAlias = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", max_length=20)
]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )
