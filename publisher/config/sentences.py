"""Say what pydantic finds wrong in words that tell what to write."""

import json
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from publisher.config.feeds import BUCKET, LANGUAGE_OR_NONE, PREFIX, REGION
from publisher.config.hints import hint
from publisher.config.lines import Path
from publisher.config.schema import Config

__all__ = ["PATTERNS", "is_implied", "sentence"]

PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]*$": (
        'must be of small Latin letters, digits, "-" and "_", with a letter or a digit'
        " first"
    ),
    r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$": (
        'is not the code of a language; write one such as "ru", "kk" or "en"'
    ),
    LANGUAGE_OR_NONE: (
        'is not the code of a language; write one such as "ru", or "" for all'
    ),
    r"^/[^#\s]*$": 'is not the path of an address; write it like "/feed/"',
    r"^#[0-9a-fA-F]{6}$": 'is not a colour; write it like "#9f1d20"',
    r"^[1-9][0-9]{0,6}/(s|min|h|day)$": (
        'is not a rate; write it like "20/s", "600/min" or "5000/h"'
    ),
    r"^[a-z0-9]{5,15}$": "must have 5 to 15 small Latin letters and digits",
    BUCKET: 'must have 3 to 63 small Latin letters, digits, "-" and "."',
    PREFIX: 'is not a folder of a bucket; write it like "desk/feeds"',
    r"^[A-Za-z0-9._-]{1,64}$": (
        'must have 1 to 64 Latin letters, digits, ".", "_" and "-"'
    ),
    r"^(\d{12})?$": "must have 12 digits",
    REGION: 'is not a region; write it like "eu-central-1"',
}
"""What a text lacks that is not of a form; a new form needs its words here."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_LIST = 'must be a list, even of one; write it like ["a", "b"]'
_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": 'must be a text, or a table such as { ru = "…", kk = "…" }',
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be a text in quotes",
    "too_short": "must not be empty",
    "tuple_type": _LIST,
}
_BOUNDS = {
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "string_too_long": "must have at most {max_length} characters",
}


def sentence(detail: ErrorDetails, place: Callable[[Path], str], values: object) -> str:
    """Say one finding of pydantic's as: place, key, what is wrong, what is allowed.

    `values` are those of the file, from which entries of a list get their names.
    """
    path: Path = tuple(part for part in detail["loc"] if part != "function-before")
    key = _named(path, values)
    if detail["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        allowed = ", ".join(sorted(known))
        wrong = hint(str(path[-1]), known)
        return f"{place(path)}: {key} is not a key{wrong}; known here: {allowed}"
    if detail["type"] == "missing":
        return f"{place(path)}: {key} is missing"
    shown = _shown(path, detail["input"])
    return f"{place(path)}: {key} = {shown}: {_wrong(detail, path)}"


def is_implied(detail: ErrorDetails, others: Iterable[ErrorDetails]) -> bool:
    """Tell whether a list is said to be empty only because what is in it is wrong."""
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        other["loc"][: len(path)] == path and len(other["loc"]) > len(path)
        for other in others
    )


def _wrong(detail: ErrorDetails, path: Path) -> str:
    kind, found = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        known = re.findall("'([^']*)'", found["expected"])
        return f"must be one of: {', '.join(known)}{_meant(detail['input'], known)}"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(found["pattern"], detail["msg"])
    if kind.startswith("date"):
        return "is not a date; write it like 2026-11-30"
    if kind == "model_type" or (kind == "tuple_type" and len(path) == 1):
        return _as_table(kind, path)
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**found)
    return _WORDS.get(kind) or detail["msg"].removeprefix("Value error, ")


def _as_table(kind: str, path: Path) -> str:
    name = ".".join(part for part in path if isinstance(part, str))
    if kind == "tuple_type" or isinstance(path[-1], int):
        return f"may stand several times; write [[{name}]] above its keys"
    return f"stands once, with keys of its own; write [{name}] above them"


def _meant(value: object, known: list[str]) -> str:
    near = get_close_matches(str(value).lower(), known, n=1)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _named(path: Path, values: Any) -> str:  # noqa: ANN401 (any TOML)
    """Write a path as an operator knows it: `digest "utro": hour`."""
    text, after = "", ""
    for depth, part in enumerate(path, start=1):
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            values = None
        if isinstance(part, str):
            # A text for all languages stands under none: "".
            text, after = f"{text}{after}{part}" if part else text, "."
        elif name := _name_of(values):
            text, after = f'{text} "{name}"', ": "
        elif depth < len(path):
            text += f".{part}"
    return text


def _name_of(entry: object) -> str:
    """Return the key or the name of an entry; nothing where it has no good one."""
    name = (entry.get("key") or entry.get("name")) if isinstance(entry, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _shown(path: Path, value: object) -> str:
    """Return a value for an error message; secrets stay secret."""
    if any(word in str(path[-1]) for word in ("password", "secret")):
        return "(hidden)"
    if isinstance(value, dict | list | tuple):
        return "(a table)" if isinstance(value, dict) else "(a list)"
    is_text = isinstance(value, str)
    text = json.dumps(value, ensure_ascii=False) if is_text else repr(value)
    longest = 60
    return text if len(text) <= longest else text[:longest] + "…"


def _known_keys(path: Path) -> list[str]:
    """Return the keys that may stand in the table at `path`."""
    model: type[BaseModel] = Config
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        if field is None:
            return []
        kinds = [field.annotation, *get_args(field.annotation)]
        model = next(
            (k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)),
            model,
        )
    return list(model.model_fields)
