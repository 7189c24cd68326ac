"""The reference of `config.toml`, made from its schema."""

from collections.abc import Iterator
from datetime import date, time
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from publisher.config import Config
from tests.docs.pages import table

FORMS = {
    r"^[a-z0-9][a-z0-9_-]*$": "small letters, digits, `-` and `_`",
    r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$": "language code such as `kk`",
    r"^([a-z]{2,3}(-[A-Za-z0-9]+)*)?$": "language code such as `kk`",
    r"^/[^#\s]*$": "path beginning with `/`",
    r"^#[0-9a-fA-F]{6}$": "colour such as `#9f1d20`",
    r"^[1-9][0-9]{0,6}/(s|min|h|day)$": "rate such as `20/s`, `600/min` or `5000/h`",
    r"^[a-z0-9]{5,15}$": "5 to 15 small letters and digits",
    r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$": "3 to 63 small letters, digits, `-`, `.`",
    r"^([A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*)?$": (
        "path such as `desk/feeds`"
    ),
    r"^[A-Za-z0-9._-]{1,64}$": "letters, digits, `.`, `_`, `-`",
    r"^(\d{12})?$": "12 digits",
    r"^[a-z0-9-]*$": "region such as `eu-central-1`",
}
"""What the patterns of the schema mean; a new pattern needs its words here."""

VALIDATORS = {
    "by_language": "text, or a table of texts by language",
    "_ascii_url": "address with `http://` or `https://`",
    "_http_url": "address with `http://` or `https://`",
    "_numbered": 'table of files by number, such as `{ 1 = "old" }`',
    "_network": "network such as `10.1.0.0/16`",
    "_zone": "IANA time zone",
}

PLAIN: dict[object, str] = {
    bool: "`true` or `false`",
    date: "date",
    float: "number",
    int: "whole number",
    SecretStr: "text, kept out of logs",
    str: "text",
    time: 'time as `"HH:MM"`',
}


def made_parts() -> dict[str, str]:
    """Return the table of keys of every section, by the section's path."""
    return {path: _section(model) for path, model, _ in sections(Config)}


def sections(
    model: type[BaseModel], above: str = ""
) -> Iterator[tuple[str, type[BaseModel], bool]]:
    """Yield (path, model, whether it may stand several times) of every table."""
    for name, field in model.model_fields.items():
        below, is_repeated = _model_in(field.annotation)
        if below is not None:
            yield f"{above}{name}", below, is_repeated
            yield from sections(below, f"{above}{name}.")


def _model_in(kind: Any) -> tuple[type[BaseModel] | None, bool]:  # noqa: ANN401 - any type
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind, False
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return inner, True
    return None, False


def _section(model: type[BaseModel]) -> str:
    rows = [
        [
            f"`{name}`",
            _kind(field.annotation, field.metadata),
            _default(field),
            " ".join((field.description or "").split()),
        ]
        for name, field in model.model_fields.items()
        if _model_in(field.annotation)[0] is None
    ]
    return table(["key", "value", "default", "meaning"], rows)


def _kind(kind: Any, metadata: list[Any]) -> str:  # noqa: ANN401 - any type
    for found in metadata:
        if words := VALIDATORS.get(getattr(_called(found), "__name__", "")):
            return words
        if pattern := getattr(found, "pattern", None):
            return FORMS[pattern]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(f'`"{value}"`' for value in inner)
    if origin in {Union, UnionType}:
        present = next(part for part in inner if part is not NoneType)
        return _kind(*_split(present))
    if origin is tuple:
        return f"list of: {_kind(*_split(inner[0]))}"
    return PLAIN[kind] + _bounds(metadata)


def _called(validator: object) -> object:
    return getattr(validator, "func", None)


def _split(kind: Any) -> tuple[Any, list[Any]]:  # noqa: ANN401 - any type
    """Return an annotated type apart from what is said about it."""
    said: list[Any] = []
    for found in getattr(kind, "__metadata__", ()):
        said += found.metadata if isinstance(found, FieldInfo) else [found]
    return (get_args(kind)[0] if said else kind), said


def _bounds(metadata: list[Any]) -> str:
    least = next((m.ge for m in metadata if hasattr(m, "ge")), None)
    most = next((m.le for m in metadata if hasattr(m, "le")), None)
    return "" if least is None else f", {least:g} to {most:g}"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "**required**"
    if field.default is None:
        return "none"
    written = _written(field.default)
    return f"`{written}`" if written else "empty"


def _written(value: object) -> str:
    """Return a value as it stands in the file; nothing for what is empty."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return _written(value.get("", ""))
        case tuple():
            return f"[{', '.join(map(_written, value))}]" if value else ""
        case time():
            return f'"{value:%H:%M}"'
        case str():
            return f'"{value}"' if value else ""
        case _:
            return str(value)
