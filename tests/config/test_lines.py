"""Every key is found on the line it stands on, whatever stands between (law 20)."""

import tomllib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config.lines import Path, line_of, scan_lines
from tests.effort import effort

KEYS = st.sampled_from(["a", "b-c", "d_e", "f1", '"g h"', "'ж'"])
TABLES = st.lists(st.sampled_from(["x", "y", "x.z", '"q r"']), unique=True, max_size=4)
VALUES = st.sampled_from(
    [
        "1",
        '"text"',
        "'it = quoted # really'",
        "[1, 2]",
        '[\n  "one",\n  "two", # a = 1\n]',
        '"""\n[not.a.table]\nb-c = 2\n"""',
        "'''one line'''",
        "'''\na = 5\n'''",
        '{ p = 1, "q" = 2 }',
        "2026-03-02",
    ]
)
BETWEEN = st.sampled_from(["", "\n", "# a = 7\n", "\n# [x]\n\n", "   \n"])


@dataclass
class Written:
    """A file, and on which line each key was written."""

    text: str
    lines: dict[Path, int]


@st.composite
def files(draw: st.DrawFn) -> Written:
    """Return a file of tables, arrays of tables and keys, and where each stands."""
    text = ""
    lines: dict[Path, int] = {}
    for repeat in range(draw(st.integers(0, 3))):
        text += draw(BETWEEN)
        lines["list", repeat] = text.count("\n") + 1
        text += f"[[list]]{draw(st.sampled_from(['', ' # why', '  ']))}\n"
        text = add_keys(draw, text, lines, ("list", repeat))
    for name in draw(TABLES):
        path = tuple(part.strip('"') for part in name.split("."))
        text += draw(BETWEEN)
        lines[path] = text.count("\n") + 1
        text += f"[{name}]\n"
        text = add_keys(draw, text, lines, path)
    return Written(text, lines)


def add_keys(draw: st.DrawFn, text: str, lines: dict[Path, int], table: Path) -> str:
    for key in draw(st.lists(KEYS, unique=True, max_size=4)):
        text += draw(BETWEEN)
        lines[*table, key.strip("\"'")] = text.count("\n") + 1
        text += f"{draw(st.sampled_from(['', '  ']))}{key} = {draw(VALUES)}\n"
    return text


@effort(150)
@given(written=files())
def test_every_table_and_key_is_found_on_its_line(written: Written) -> None:
    tomllib.loads(written.text)

    found = scan_lines(written.text)

    assert {path: found.get(path) for path in written.lines} == written.lines


def test_what_has_no_line_of_its_own_has_that_of_what_holds_it() -> None:
    lines = scan_lines('[site]\ntitle = { ru = "Газета" }\n')

    assert line_of(lines, ("site", "title", "ru")) == 2
    assert line_of(lines, ("site", "zone")) == 1
    assert line_of(lines, ("store", "url")) == 1


def test_a_dotted_key_stands_where_it_is_written() -> None:
    lines = scan_lines('site.zone = "Asia/Almaty"\n\n[mail]\nsmtp.port = 25\n')

    assert line_of(lines, ("site", "zone")) == 1
    assert line_of(lines, ("mail", "smtp", "port")) == 4


@pytest.mark.parametrize(
    "mark",
    [
        "\n",
        "\r\n",
        *(pytest.param(f"{separator}\n") for separator in ("\u2028", "\x85")),
    ],
    ids=["newline", "two characters", "line separator", "next line"],
)
def test_lines_end_where_an_editor_ends_them(mark: str) -> None:
    text = f"# Газета{mark}[site]\nzone = 'x'\n"

    assert line_of(scan_lines(text), ("site", "zone")) == 3
