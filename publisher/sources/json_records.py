"""JSON and JSON Lines into values, each with the line it stands in."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NoReturn

from publisher.sources.record import UnreadableError

__all__ = ["as_object", "find_key_lines", "read_document", "read_line"]

_BLANKS = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")


class _NotJsonError(ValueError):
    """What Python would read, but JSON does not allow or leaves open."""


def read_line(text: str, line: int) -> object:
    """Return the value that one line holds; raises UnreadableError."""
    try:
        return _decoder().decode(text.strip().removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(line, _problem(error)) from error


def read_document(text: str) -> Iterator[tuple[int, str, object]]:
    """Yield line, text and value of every article in a JSON file: one, or a list.

    Raises UnreadableError where the file stops being JSON, after what stands before.
    """
    decoder = _decoder()
    place = _after(_BLANKS, text, 0)
    is_list = text.startswith("[", place)
    if is_list:
        place = _after(_BLANKS, text, place + 1)
    if place == len(text):
        reason = "nothing stands here; write one object {…} or a list of them [{…}]"
        raise UnreadableError(1, reason)
    line = 1 + text.count("\n", 0, place)
    while not (is_list and text.startswith("]", place)):
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            at = error.lineno if isinstance(error, json.JSONDecodeError) else line
            raise UnreadableError(at, _problem(error)) from error
        yield line, text[place:end], value
        following = _after(_BETWEEN if is_list else _BLANKS, text, end)
        line += text.count("\n", place, following)
        place = following
        if not is_list:
            break
    if not is_list and place < len(text):
        reason = "a second object follows; end the name in .jsonl, or write a list"
        raise UnreadableError(line, reason)


def as_object(value: object, line: int) -> dict[str, object]:
    """Return a value that is an object of JSON; raises UnreadableError."""
    if isinstance(value, dict):
        return value
    kinds = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    kind = kinds.get(type(value), "a number")
    reason = f"an article is an object {{…}}, but here stands {kind}"
    raise UnreadableError(line, reason)


def find_key_lines(raw: str, line: int, names: Iterable[str]) -> dict[str, int]:
    """Return the line of every name, given an object's text and first line."""
    if "\n" not in raw.rstrip():
        return {}
    places = {name: raw.find(f'"{name}"') for name in names}
    return {name: line + raw.count("\n", 0, max(at, 0)) for name, at in places.items()}


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
    )


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in pairs:
        if name in values:
            msg = f'"{name[:60]}" stands twice in one object; keep one of them'
            raise _NotJsonError(msg)
        values[name] = value
    return values


def _refuse_constant(name: str) -> NoReturn:
    msg = f"this is not JSON: {name} is no value of JSON"
    raise _NotJsonError(msg)


def _problem(error: ValueError | RecursionError) -> str:
    match error:
        case _NotJsonError():
            return str(error)
        case json.JSONDecodeError():
            return f"this is not JSON: {error.msg} in column {error.colno}"
        case RecursionError():
            return "this is nested too deeply for an article"
        case _:
            return f"this is not JSON: {str(error).splitlines()[0]}"
