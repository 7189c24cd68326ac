"""Find the line on which a key of a TOML file stands; tomllib does not tell."""

import re
from collections.abc import Mapping

__all__ = ["Path", "line_of", "scan_lines"]

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w-]+)*)\s*=""")
_TRIPLE = re.compile(r"\"\"\"|'''")


def scan_lines(text: str) -> dict[Path, int]:
    """Map the path of every table and key to its line, counted from 1.

    Keys inside inline tables have no entry; line_of falls back to their parent.
    """
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    is_inside_string = False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if is_inside_string:
            is_inside_string = len(_TRIPLE.findall(line)) % 2 == 0
            continue
        if header := _HEADER.match(line):
            table = _open_table(header, counts)
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault(table + _parts(assignment.group(1)), number)
        is_inside_string = len(_TRIPLE.findall(line)) % 2 == 1
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a path, or of its nearest ancestor that has one."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _parts(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _open_table(header: re.Match[str], counts: dict[Path, int]) -> Path:
    name = _parts(header.group(2))
    path: Path = ()
    for part in name:
        path = (*path, part)
        if path in counts and path != name:
            path = (*path, counts[path] - 1)
    if header.group(1) == "[[":
        counts[path] = counts.get(path, 0) + 1
        path = (*path, counts[path] - 1)
    return path
