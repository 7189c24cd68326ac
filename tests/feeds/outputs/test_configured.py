"""Outputs that would harm a source or each other are refused with the line to mend."""

from pathlib import Path

import pytest

from publisher.config import load_config
from publisher.errors import ConfigError

SOURCE = '[[source]]\nname = "gazeta"\nfolder = "articles"\n'


def written(tmp_path: Path, *outputs: str) -> Path:
    """Write a configuration with outputs to these folders, named in their order."""
    (tmp_path / "articles").mkdir()
    tables = [
        f'[[output]]\nname = "o{number}"\nfolder = "{folder}"\n'
        for number, folder in enumerate(outputs, start=1)
    ]
    file = tmp_path / "config.toml"
    file.write_text(SOURCE + "".join(tables), encoding="utf-8")
    return file


def test_outputs_to_folders_of_their_own_are_taken(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "static", "other/static"), {})

    assert [output.folder for output in config.output] == ["static", "other/static"]
    assert {output.kind for output in config.output} == {"folder"}


def test_there_is_no_output_unless_it_is_named(tmp_path: Path) -> None:
    assert load_config(written(tmp_path), {}).output == ()


@pytest.mark.parametrize(
    "folder", ["articles", "articles/feeds", ".", "other/../articles"]
)
def test_feeds_are_never_written_where_articles_are_read(
    tmp_path: Path, folder: str
) -> None:
    with pytest.raises(
        ConfigError, match=r'config\.toml:6: output "o1": folder .*"gaz'
    ):
        load_config(written(tmp_path, folder), {})


def test_two_outputs_never_share_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='"o2" has the same folder as "o1"'):
        load_config(written(tmp_path, "static", "var/../static"), {})


def test_two_outputs_never_share_a_name(tmp_path: Path) -> None:
    file = written(tmp_path, "one", "two")
    file.write_text(file.read_text("utf-8").replace('"o2"', '"o1"'), "utf-8")

    with pytest.raises(ConfigError, match=r'output "o1" is defined twice; .* name'):
        load_config(file, {})
