"""`publisher templates`: which there are, a copy to change, and whether all work."""

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import configured
from publisher.config import Config
from publisher.errors import PublisherError, TemplateError
from publisher.rendering.templates import shipped_templates
from publisher.service.own_templates import try_templates

__all__ = ["app"]

app = typer.Typer(
    help="Your own templates of pages and messages.", no_args_is_help=True
)

COLUMNS = ("template", "from", "file")
KINDS = (".html", ".txt", ".xml")


@app.command("list")
def list_templates(context: typer.Context) -> None:
    """List every template, and whether it is ours or yours."""
    file, answer = context.obj
    own = _own_folder(configured(file), file)
    shipped = shipped_templates()
    names = _names(shipped)
    ours = _names(own) if own is not None and own.is_dir() else set()
    rows = [
        (name, "yours", own / name)
        if own is not None and name in ours
        else (name, "ours", shipped / name)
        for name in sorted(names | ours)
    ]
    if answer.as_json:
        answer.rows(COLUMNS, rows, "")
    else:
        answer.rows(COLUMNS[:2], [row[:2] for row in rows], "")


@app.command()
def copy(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Such as email/digest/body.html, or a folder.")
    ],
) -> None:
    """Copy one of our templates into your folder, to be changed there."""
    file, answer = context.obj
    own = _own_folder(configured(file), file)
    if own is None:
        msg = "templates.folder is empty: name a folder in the configuration first"
        raise PublisherError(msg)
    shipped = shipped_templates()
    wanted = [
        known
        for known in sorted(_names(shipped))
        if known == name or known.startswith(f"{name.rstrip('/')}/")
    ]
    if not wanted:
        msg = f"there is no template {name}; see: publisher templates list"
        raise PublisherError(msg)
    present = [known for known in wanted if (own / known).exists()]
    if present:
        msg = f"{own / present[0]} is there already; remove it to get ours again"
        raise PublisherError(msg)
    for known in wanted:
        target = own / known
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((shipped / known).read_bytes())
        answer.say(f"{target}")


@app.command()
def check(context: typer.Context) -> None:
    """Try every template in every language; the exit code is 1 when one fails."""
    file, answer = context.obj
    config = configured(file)
    own = _own_folder(config, file)
    reason = ""
    try:
        try_templates(config, own)
    except TemplateError as error:
        reason = str(error)
    if answer.as_json:
        answer.rows(("is_good", "reason"), [(not reason, reason)], "")
    elif reason:
        answer.say(f"BAD {reason}")
    else:
        answer.say(f"Every template works in {', '.join(config.site.languages)}.")
    if reason:
        raise typer.Exit(1)


def _own_folder(config: Config, file: Path) -> Path | None:
    folder = config.templates.folder
    return file.resolve().parent / folder if folder else None


def _names(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in KINDS and path.is_file()
    }
