"""A file that cannot be parsed at all is told with its line, and what is asked for."""

from pathlib import Path

import pytest

from publisher.config import load_config
from publisher.errors import ConfigError
from tests.config.writing import findings

CASES = {
    "a text in quotes of a word processor": (
        "[site]\ntitle = «Gazeta»\n",
        "config.toml:2: is not valid TOML at column 9: Invalid value; texts stand in",
    ),
    "a key that stands twice": (
        '[site]\ncity = "A"\ncity = "B"\n',
        "config.toml:3: is not valid TOML at column 11: Cannot overwrite a value; a",
    ),
    "a file that is no TOML": (
        "[site\n",
        (
            "config.toml:1: is not valid TOML at column 6: Expected ']' at the end of a"
            ' table declaration; texts stand in straight quotes ("…"), and what is'
            " opened is closed"
        ),
    ),
    "a file that ends too early": (
        '[site]\ntitle = "Gazeta',
        "config.toml: is not valid TOML: Unterminated string; texts stand in",
    ),
}


@pytest.mark.parametrize(("text", "begins"), CASES.values(), ids=CASES.keys())
def test_a_file_that_is_no_toml_is_told_with_its_line_and_the_rule(
    tmp_path: Path, text: str, begins: str
) -> None:
    (found,) = findings(tmp_path, text)

    assert found.startswith(begins)


def test_a_file_of_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes('[site]\ntitle = "Газета"\n'.encode("cp1251"))

    with pytest.raises(ConfigError) as error:
        load_config(file, {})

    assert error.value.findings == [
        f"{file}:2: is not UTF-8; save the file in this encoding"
    ]
