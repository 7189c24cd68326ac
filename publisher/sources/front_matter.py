"""Split a Markdown file into front matter, in YAML or TOML, and body."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from typing_extensions import override

from publisher.sources.record import UnreadableError

__all__ = ["FrontMatter", "read_front_matter"]

_START = re.compile(r"(---|\+\+\+)[ \t]*\n")
_ENDS = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_TOML_KEY = re.compile(r"^[ \t]*[\"']?([A-Za-z0-9_-]+)[\"']?[ \t]*[=.]", re.MULTILINE)
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")
MAX_LENGTH = 64 * 1024


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values at the head of a file, the line of each, and the text after them."""

    values: Mapping[str, object]
    key_lines: Mapping[str, int]
    body: str


class _TextLoader(yaml.SafeLoader):
    """Reads every value as the text that stands there, except for nothing at all.

    YAML's guesses would turn `no` into false and 12:30 into a number, and a few lines
    that stand for others, which stand for others, would fill all memory.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 (the library declares it like this)
        letter: [(tag, form) for tag, form in found if tag.endswith(":null")]
        for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {  # noqa: RUF012 (and what it makes of an explicit type)
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.endswith((":str", ":null", ":seq", ":map"))
    }

    @override
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            reason = (
                f'"*{event.anchor}" stands for a value that is written elsewhere; write'
                " it here, or put what begins with * in quotes"
            )
            raise UnreadableError(2 + event.start_mark.line, reason)
        return super().compose_node(parent, index)


def read_front_matter(text: str) -> FrontMatter:
    """Return the parts of a file; raises UnreadableError with the line in the file."""
    start = _START.match(text)
    if start is None:
        reason = (
            "there is no front matter; begin the file with a line ---, then"
            " title: and published:, then another line ---"
        )
        raise UnreadableError(1, reason)
    end = _ENDS[start[1]].search(text, start.end())
    if end is None:
        reason = f"the front matter has no end; close it with a line {start[1]}"
        raise UnreadableError(1, reason)
    head = text[start.end() : end.start()]
    if len(head) > MAX_LENGTH:
        reason = f"the front matter is longer than {MAX_LENGTH} characters; shorten it"
        raise UnreadableError(1, reason)
    values, lines = _yaml(head) if start[1] == "---" else _toml(head)
    # The mark that begins the front matter is line 1 of the file.
    key_lines = {name: line + 1 for name, line in lines.items()}
    return FrontMatter(values, key_lines, text[end.end() :])


def _yaml(head: str) -> tuple[Mapping[str, object], dict[str, int]]:
    loader = _TextLoader(head)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        if not isinstance(node, yaml.MappingNode):
            reason = "the front matter is no list of names and values (name: value)"
            raise UnreadableError(2, reason)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if str(key.value) in lines:
                reason = f'"{key.value}" stands twice; keep one of them'
                raise UnreadableError(line + 1, reason)
            lines[str(key.value)] = line
        return dict(loader.construct_document(node)), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"this is not YAML: {error.problem or error.context}"
        raise UnreadableError(2 + (mark.line if mark else 0), reason) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = f"this is not YAML: {str(error).splitlines()[0]}"
        raise UnreadableError(2, reason) from error
    finally:
        loader.dispose()


def _toml(head: str) -> tuple[Mapping[str, object], dict[str, int]]:
    try:
        values = tomllib.loads(head)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _TOML_PLACE.search(str(error))
        problem = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place else 1
        raise UnreadableError(line + 1, f"this is not TOML: {problem}") from error
    lines: dict[str, int] = {}
    for found in _TOML_KEY.finditer(head):
        lines.setdefault(found[1], head.count("\n", 0, found.start(1)) + 1)
    return values, lines
