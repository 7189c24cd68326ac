"""Nothing has to be written: every key has a working value, and none can be changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from publisher.config import Config, load_config
from tests.config.writing import findings, load

ROOT = Path(__file__).resolve().parents[2]


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from sections(kind)


def test_an_empty_file_describes_a_service_that_runs_on_this_machine(
    tmp_path: Path,
) -> None:
    config = load(tmp_path, "")

    assert config == Config()
    assert config.store.url.startswith("sqlite:///")
    assert config.mail.transport == "maildir"
    assert config.web.host == "127.0.0.1"
    assert not config.web.development


def test_an_empty_table_is_as_good_as_none(tmp_path: Path) -> None:
    text = "[site]\n[store]\n[feeds]\n[mail]\n[mail.smtp]\n[web]\n[logging]\n"

    assert load(tmp_path, text) == Config()


def test_only_what_gives_a_thing_its_identity_must_be_written() -> None:
    needed = {
        section.__name__: {
            name for name, field in section.model_fields.items() if field.is_required()
        }
        for section in sections(Config)
    }

    assert {name: keys for name, keys in needed.items() if keys} == {
        "Source": {"name", "folder"},
        "Output": {"name"},
        "Rubric": {"key"},
        "Digest": {"key"},
        "OldFeed": {"path"},
        "Relay": {"name"},
        "Provider": {"key"},
        "Evidence": {"name"},
    }


def test_every_key_is_described() -> None:
    tables: list[object] = list(sections(Config))
    silent = [
        f"{section.__name__}.{name}"
        for section in sections(Config)
        if section is not Config
        for name, field in section.model_fields.items()
        if not field.description
        and field.annotation not in tables
        and not set(get_args(field.annotation)) & set(tables)
    ]

    assert silent == []


def test_a_configuration_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    config = load(tmp_path)

    with pytest.raises(ValidationError, match="frozen"):
        config.store.threads = 9


def test_one_text_stands_for_all_languages_or_a_table_for_each(tmp_path: Path) -> None:
    text = '[site]\ntitle = "Газета"\ncity = { ru = "Алматы", kk = "Алматы қаласы" }'

    site = load(tmp_path, text).site

    assert site.title == {"": "Газета"}
    assert site.city == {"ru": "Алматы", "kk": "Алматы қаласы"}


def test_an_address_loses_the_slash_at_its_end(tmp_path: Path) -> None:
    config = load(tmp_path, '[site]\nurl = "https://gazeta.example/"')

    assert config.site.url == "https://gazeta.example"


def test_folders_are_looked_for_beside_the_file_whatever_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wire").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    text = '[[source]]\nname = "wire"\nfolder = "wire"'

    assert findings(tmp_path, text) == []


def test_the_file_that_comes_with_the_service_is_in_order() -> None:
    config = load_config(ROOT / "config.toml", {})

    assert config.rubric
    assert config.digest
    assert config.source
