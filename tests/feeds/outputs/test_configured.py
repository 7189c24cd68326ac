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


BUCKET = """
[[output]]
name = "cdn"
kind = "s3"
bucket = "gazeta"
"""


def test_a_bucket_is_taken_with_credentials_in_a_file_or_none(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "s3-secret").write_text("told-to-nobody\n")
    keys = 'access_key_id = "desk"\nsecret_access_key_file = "s3-secret"\n'
    for text in (BUCKET, BUCKET + keys):
        file.write_text(text, "utf-8")

        (output,) = load_config(file, {}).output

        assert (output.kind, output.bucket, output.path_style) == ("s3", "gazeta", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BUCKET.replace("bucket", "region"), 'output "cdn": .* needs a bucket'),
        (BUCKET + 'folder = "static"\n', ':6: output "cdn": folder is for kind'),
        (BUCKET.replace('kind = "s3"', ""), 'bucket is for kind "s3"'),
        ('[[output]]\nname = "static"\n', 'output "static": .* needs a folder'),
        (BUCKET + 'access_key_id = "desk"\n', ":6: .* go together; give both"),
        (BUCKET + 'secret_access_key_file = "no"\n', "no does not exist"),
        (BUCKET + 'prefix = "/desk/"\n', ":6: output.*prefix"),
        (BUCKET + 'prefix = ".."\n', ":6: output.*prefix"),
        (BUCKET + 'endpoint = "storage"\n', ":6: output.*endpoint"),
        (
            BUCKET + BUCKET.replace("cdn", "cdn2"),
            '"cdn2" has the same bucket as "cdn"; give one of them another prefix',
        ),
    ],
)
def test_a_bucket_that_cannot_be_meant_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    file = written(tmp_path)
    file.write_text(text, "utf-8")

    with pytest.raises(ConfigError, match=said):
        load_config(file, {})
