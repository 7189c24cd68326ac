"""Read `config.toml` and the environment; report every finding, with its line."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from publisher.config.checks import cross_check
from publisher.config.lines import Path, line_of, scan_lines
from publisher.config.schema import Config
from publisher.config.sentences import is_implied, sentence
from publisher.errors import ConfigError

__all__ = ["PREFIX", "load_config"]

_OF_TOML = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|.*)\)", re.DOTALL)
PREFIX = "PUBLISHER_"
_OWN = {"PUBLISHER_CONFIG", "PUBLISHER_SHARED_DATA", "PUBLISHER_GOLDEN"}
"""Variables with our prefix that are not keys of the file."""


def load_config(file: FilePath, environment: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration; raises ConfigError with all findings.

    Relative paths in the file are relative to its folder; secrets named by `*_file` are
    read here, so that nobody else touches those files.
    """
    text = _text_of(file)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_no_toml(file.name, str(error))]) from error
    origins: dict[Path, str] = {}
    findings = _overlay(values, environment, origins)
    lines = scan_lines(text)

    def place(path: Path) -> str:
        origin = next((v for key, v in origins.items() if path[: len(key)] == key), "")
        if origin:
            return f"environment: {origin}"
        return f"{file.name}:{line_of(lines, path)}"

    config, details = _validate(values)
    findings += [
        sentence(detail, place, values)
        for detail in details
        if not is_implied(detail, details)
    ]
    if config is not None:
        checked = cross_check(config, file)
        findings += [f"{place(path)}: {what}" for path, what in checked]
    if config is None or findings:
        raise ConfigError(findings)
    return config


def _text_of(file: FilePath) -> str:
    """Return what a file says; raises ConfigError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        msg = f"{file}: there is no such file; name one with --config FILE"
        raise ConfigError([msg]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        msg = f"{file}:{line}: is not UTF-8; save the file in this encoding"
        raise ConfigError([msg]) from error
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from error


def _no_toml(name: str, reason: str) -> str:
    """Say at which line the syntax ends, as all findings do, and what it asks for."""
    found = _OF_TOML.fullmatch(reason)
    what, line, column = found.groups() if found else (reason, None, None)
    place = f"{name}:{line}" if line else name
    where = f" at column {column}" if column else ""
    rule = (
        "a key or table stands only once"
        if what.startswith("Cannot")
        else 'texts stand in straight quotes ("…"), and what is opened is closed'
    )
    return f"{place}: is not valid TOML{where}: {what}; {rule}"


def _validate(values: dict[str, Any]) -> tuple[Config | None, list[ErrorDetails]]:
    """Return what the values describe and what is wrong with them.

    Wrong values are replaced by their defaults, so that what stands beside them is
    still checked; where a value without default is wrong there is no configuration.
    """
    try:
        return Config.model_validate(values), []
    except ValidationError as error:
        details = error.errors()
    for detail in details:
        _drop(values, detail["loc"])
    try:
        return Config.model_validate(values), details
    except ValidationError:
        return None, details


def _drop(values: Any, path: Path) -> None:  # noqa: ANN401 (any TOML)
    """Take the innermost named value on a path out of its table."""
    owner, key = None, None
    for part in path:
        if isinstance(part, str) and isinstance(values, dict) and part in values:
            owner, key = values, part
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            break
    if owner is not None:
        owner.pop(key)


def _overlay(
    values: dict[str, Any], environment: Mapping[str, str], origins: dict[Path, str]
) -> list[str]:
    """Put PUBLISHER_SECTION__KEY variables over the file's values; return findings.

    `origins` gets the variable that each path comes from.
    """
    findings = []
    known = {"__".join(path).upper(): (path, kind) for path, kind in _keys(Config)}
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or name in _OWN:
            continue
        found = known.get(name.removeprefix(PREFIX))
        if found is None:
            near = get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = f" (did you mean {PREFIX}{near[0]}?)" if near else ""
            findings.append(f"environment: {name} is not a setting{hint}")
            continue
        path, kind = found
        table: Any = values
        for part in path[:-1]:
            table = table.setdefault(part, {}) if isinstance(table, dict) else None
        if isinstance(table, dict):  # Else the file itself is told to be wrong.
            table[path[-1]] = _value(value, kind)
            origins[path] = name
    return findings


def _value(text: str, kind: object) -> object:
    """Return a variable's value: a list where one is wanted, else the text itself.

    Numbers and switches are read by the schema: a password may look like one.
    """
    if get_origin(kind) is not tuple:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _keys(
    model: type[BaseModel], above: tuple[str, ...] = ()
) -> Iterable[tuple[tuple[str, ...], object]]:
    """Yield the path and the type of every key that stands in a table of its own."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, (*above, name))
        elif above:
            yield (*above, name), kind
