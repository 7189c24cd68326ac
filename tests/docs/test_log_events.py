"""The page of log events lists every event of the code, with its level and its keys."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from publisher.model.delivery import DeliveryState
from tests.architecture.tree import label, module_files, parsed
from tests.docs.pages import REFERENCE, codes_in, rows_under

PAGE = REFERENCE / "log-events.md"
LEVELS = {"exception": "error"}
KEYS = re.compile(r"(\w+)=")
TOKEN = re.compile(r"[a-z]+\.[a-z_%]+")
UNSETTLED = {DeliveryState.BEGUN, DeliveryState.SKIPPED}
"""States that no attempt ends in."""


class Event(NamedTuple):
    """An event as it is written to the log."""

    name: str
    level: str
    keys: tuple[str, ...]


def test_the_page_lists_exactly_what_the_code_writes() -> None:
    written = {event for _, event in events_of_the_code()}
    told = set(events_of_the_page())

    assert not written - told, "add these to the page"
    assert not told - written, "take these from the page, or correct them"


def test_every_line_of_the_log_begins_with_an_event() -> None:
    nameless = [
        f"{label(path)}:{call.lineno}"
        for path in module_files()
        for call in log_calls(parsed(path))
        if not TOKEN.match(message_of(call))
    ]

    assert not nameless


def events_of_the_code() -> Iterator[tuple[str, Event]]:
    for path in module_files():
        for call in log_calls(parsed(path)):
            message = message_of(call)
            name = message.split(maxsplit=1)[0]
            keys = tuple(KEYS.findall(message))
            for full_name, level in spelled_out(name, method_of(call)):
                yield label(path), Event(full_name, level, keys)


def spelled_out(name: str, method: str) -> list[tuple[str, str]]:
    """Return name and level; `delivery.%s` stands for every state that may follow."""
    if not name.endswith("%s"):
        return [(name, LEVELS.get(method, method))]
    return [
        (
            name.replace("%s", state.value),
            "info" if state is DeliveryState.SENT else "warning",
        )
        for state in DeliveryState
        if state not in UNSETTLED
    ]


def log_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "_log":
                yield node


def method_of(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def message_of(call: ast.Call) -> str:
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    return next((text for text in texts if isinstance(text, str)), "")


def events_of_the_page() -> Iterator[Event]:
    for row in rows_under(PAGE, "Log events"):
        (name,) = codes_in(row[0])
        yield Event(name, row[1], tuple(codes_in(row[2])))
