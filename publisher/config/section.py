"""What every table of `config.toml` is made of: its kind and the kinds of values."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from publisher.clock import known_zones

__all__ = [
    "Key",
    "Language",
    "Line",
    "Section",
    "Texts",
    "Url",
    "Weekday",
    "Zone",
    "by_language",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    if name not in known_zones():
        msg = "is not an IANA time zone such as Asia/Almaty"
        raise ValueError(msg)
    return name


def by_language(value: object) -> object:
    return {"": value} if isinstance(value, str) else value


def _http_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        msg = "must be an absolute address beginning with http:// or https://"
        raise ValueError(msg)
    return value.rstrip("/")


def _one_line(value: str) -> str:
    if any(ord(letter) < 32 for letter in value):  # noqa: PLR2004 (C0 controls)
        msg = "must be a single line without control characters"
        raise ValueError(msg)
    return value


Texts: TypeAlias = Annotated[dict[str, str], BeforeValidator(by_language)]
"""One text for all languages, or a table with one per language."""
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Url: TypeAlias = Annotated[str, AfterValidator(_http_url)]
Line: TypeAlias = Annotated[str, AfterValidator(_one_line)]
Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]
Language: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )
