"""What a digest's templates are given beside its content, made harmless."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from publisher.errors import ConfigError
from publisher.rendering.colours import is_colour
from publisher.rendering.plaintext import one_line, shorten, web_address
from publisher.rendering.slots import slot

__all__ = ["Look", "Personal", "Site", "harmless"]

# In characters; a Cyrillic letter is two bytes.
LIMITS: Mapping[str, int] = {
    "title": 250,
    "lead": 500,
    "caption": 250,
    # An address that is cut is another one (RFC 5321 section 4.5.3.1).
    "address": 320,
    "old": 320,
    "new": 320,
}
OTHER_LIMIT = 120

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes; `postal_address` stands at the end of every digest."""

    title: str
    url: str
    city: str = ""
    postal_address: str = ""
    feeds_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A newsroom's colour and logo; `logo_height` is in pixels, as displayed.

    `copies_url` is where our own copies of lead pictures are served, empty where the
    originals are shown. Templates darken or lighten the accent where it would be hard
    to read.
    """

    accent: str = "#9e1b20"
    logo_url: str = ""
    logo_height: int = 48
    copies_url: str = ""

    def __post_init__(self) -> None:
        """Raise ConfigError when the accent is not a colour."""
        if not is_colour(self.accent):
            msg = f'accent "{self.accent}" is not a colour; write it like "#9e1b20"'
            raise ConfigError([msg])


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What differs from reader to reader: slots, or the values themselves."""

    edition_url: str = slot("edition_url")
    preferences_url: str = slot("preferences_url")
    leave_url: str = slot("leave_url")
    address: str = slot("address")


def harmless(value: Value) -> Value:
    """Return a record from outside with every text in it safe to print.

    Each text becomes one line of bounded length without controls or slots, each
    address an http(s) one or nothing.
    """
    return _harmless(value, "")  # type: ignore[no-any-return]


def _harmless(value: Any, name: str) -> Any:  # noqa: ANN401 - any field of any record
    match value:
        case str() if name == "url" or name.endswith("_url"):
            return web_address(value)
        case str():
            return _text(value, name)
        case tuple() | list():
            return tuple(_harmless(item, name) for item in value)
        case Mapping():
            return {key: _harmless(item, str(key)) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {
                field.name: _harmless(getattr(value, field.name), field.name)
                for field in fields(value)
            }
            return replace(value, **changes)
        case _:
            return value


def _text(text: str, name: str) -> str:
    if name == "body_html":
        # A digest shows leads; bodies are what the links are for.
        return ""
    return shorten(one_line(text), LIMITS.get(name, OTHER_LIMIT))
