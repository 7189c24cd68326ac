"""How `--help` shows commands: paragraphs flow, and flags take no value."""

from inspect import cleandoc
from typing import Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typing_extensions import override

__all__ = ["show_well"]


_Context: TypeAlias = Any
_Parameter: TypeAlias = Any
"""As Typer makes them, which hides their classes."""


class _Command(TyperCommand):
    @override
    def get_params(self, ctx: _Context) -> list[_Parameter]:
        return _told(super().get_params(ctx))


class _Group(TyperGroup):
    @override
    def get_params(self, ctx: _Context) -> list[_Parameter]:
        return _told(super().get_params(ctx))


def show_well(app: typer.Typer) -> None:
    """Let every command of an application, and of its groups, show its help so."""
    app.info.cls = _Group
    for command in app.registered_commands:
        command.cls = _Command
        if command.callback is not None:
            command.help = _flowing(command.callback.__doc__ or "")
    for group in app.registered_groups:
        if group.typer_instance is not None:
            show_well(group.typer_instance)


def _flowing(text: str) -> str:
    """Join the lines of each paragraph: they were broken for who reads the source."""
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _told(params: list[_Parameter]) -> list[_Parameter]:
    """Show no `<bool>` after a flag, as if one had to be written there."""
    for param in params:
        if isinstance(param, TyperOption) and param.is_flag:
            param.metavar = ""
    return params
