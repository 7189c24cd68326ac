"""The reference of the command line, made from the commands themselves."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from typer.main import get_command

from publisher.cli.commands import app
from publisher.cli.letters import State
from publisher.digests.installation import Choice
from tests.docs.pages import table

VALUES: dict[object, str] = {
    list[int]: "NUMBERS",
    Choice: "CHOICE",
    State: "STATE",
    Path: "FILE",
    datetime: "DATE",
    int: "NUMBER",
    str: "TEXT",
    list[Path]: "FILE",
    list[str]: "TEXT",
}

Command: TypeAlias = Any
"""A command or an argument as the library makes it, which hides its classes."""
Words: TypeAlias = tuple[str, ...]
"""The words that call a command: `readers`, `add`."""


def made_parts() -> dict[str, str]:
    """Return the commands of every group; the options of all stand under `all`."""
    parts = {"all": _options(get_command(app).params)}
    for path, command in commands():
        group = path[0] if len(path) > 1 else "top"
        parts[group] = f"{parts.get(group, '')}\n\n{_described(path, command)}".strip()
    return parts


def commands() -> Iterator[tuple[Words, Command]]:
    """Yield (path, command) of every command that does something."""
    yield from _below((), get_command(app))


def _below(path: Words, command: Command) -> Iterator[tuple[Words, Command]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _below((*path, name), child)


def options_of(command: Command) -> set[str]:
    """Return the options that a command takes, `--json` and its like not among them."""
    return {name for param in command.params for name in _names(param)}


def _names(param: Command) -> list[str]:
    written = [*param.opts, *param.secondary_opts]
    return [name for name in written if name.startswith("-")]


def _described(path: Words, command: Command) -> str:
    words = ["publisher", *path]
    for param in command.params:
        names = _names(param)
        if not names:
            name = param.name.upper()
            words.append(name if param.required else f"[{name}]")
        elif param.required:
            words += [names[0], _value(param)]
    if any(_names(param) and not param.required for param in command.params):
        words.append("[OPTIONS]")
    summary = " ".join(str(command.help).split())
    told = _options(command.params)
    return f"### `publisher {' '.join(path)}`\n\n`{' '.join(words)}`\n\n{summary}" + (
        f"\n\n{told}" if told else ""
    )


def _options(params: list[Command]) -> str:
    rows = []
    for param in params:
        names = ", ".join(f"`{name}`" for name in _names(param))
        value = "" if param.__dict__.get("is_flag") else f" `{_value(param)}`"
        variable = f" Variable: `{param.envvar}`." if param.envvar else ""
        rows.append(
            [
                f"{names}{value}" if names else f"`{param.name.upper()}`",
                _default(param),
                f"{param.help}{variable}",
            ]
        )
    return table(["argument", "default", "meaning"], rows) if rows else ""


def _value(param: Command) -> str:
    return VALUES[param.type_descriptor.annotation]


def _default(param: Command) -> str:
    if param.required:
        return "**required**"
    if param.default in {None, "", False}:
        return ""
    return f"`{param.default}`"
