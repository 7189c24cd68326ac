"""Which attributes of an element are kept, in which spelling."""

import re
from collections.abc import Callable
from html import escape

from lxml.etree import _Element

from publisher.rendering.cleaning.characters import legal

__all__ = ["kept_attributes", "written"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_DIRECTIONS = frozenset(("ltr", "rtl", "auto"))
_SCOPES = frozenset(("row", "col", "rowgroup", "colgroup"))
_NUMERALS = frozenset("1aAiI")
_MOMENT = re.compile(r"[0-9PT][0-9A-Za-z:+. -]{0,40}")
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
_NUMBER = re.compile(r"-?[0-9]{1,6}")
MAX_TITLE = 300


def _language(value: str) -> str | None:
    return value if _LANGUAGE.fullmatch(value) else None


def _direction(value: str) -> str | None:
    return value.lower() if value.lower() in _DIRECTIONS else None


def _count(value: str) -> str | None:
    return value if _COUNT.fullmatch(value) and value != "1" else None


def _number(value: str) -> str | None:
    return value if _NUMBER.fullmatch(value) else None


def _title(value: str) -> str | None:
    return " ".join(legal(value).split())[:MAX_TITLE].strip() or None


def _moment(value: str) -> str | None:
    return value if _MOMENT.fullmatch(value) else None


def _scope(value: str) -> str | None:
    return value.lower() if value.lower() in _SCOPES else None


def _numerals(value: str) -> str | None:
    return value if value in _NUMERALS else None


def _set(_: str) -> str | None:
    return ""


_Rules = dict[str, Callable[[str], str | None]]

_EVERYWHERE: _Rules = {
    "dir": _direction,
    "lang": _language,
}
_CELL: _Rules = {"colspan": _count, "rowspan": _count}
_OF_ELEMENT: dict[str, _Rules] = {
    "a": {"hreflang": _language},
    "abbr": {"title": _title},
    "details": {"open": _set},
    "dfn": {"title": _title},
    "li": {"value": _number},
    "ol": {
        "reversed": _set,
        "start": _number,
        "type": _numerals,
    },
    "td": _CELL,
    "th": {**_CELL, "scope": _scope},
    "time": {"datetime": _moment},
}


def kept_attributes(tag: str, element: _Element) -> str:
    """Return the attributes, except addresses, that an element keeps, as written."""
    rules = _EVERYWHERE | _OF_ELEMENT.get(tag, {})
    kept = []
    for name, rule in rules.items():
        value = element.get(name)
        if value is not None:
            good = rule(value.strip())
            if good is not None:
                kept.append(written(name, good))
    return "".join(kept)


def written(name: str, value: str) -> str:
    """Return one attribute as it is written, with a blank before it."""
    return f' {name}="{escape(value)}"'
