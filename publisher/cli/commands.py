"""All commands, with the options they share."""

from pathlib import Path
from typing import Annotated

import typer

from publisher import __version__
from publisher.cli import (
    articles,
    checking,
    doubts,
    editions,
    feeds,
    hubs,
    letters,
    mail,
    pace,
    readers,
    retention,
    sending,
    serving,
    suppressions,
    templates,
)
from publisher.cli.context import Answer
from publisher.cli.helping import show_well

__all__ = ["app"]

app = typer.Typer(
    name="publisher",
    help="The publishing desk of a newsroom: articles in, feeds and digests out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(is_wanted: bool) -> None:
    if is_wanted:
        Answer().say(f"publisher {__version__}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config", "-c", envvar="PUBLISHER_CONFIG", help="Configuration file."
        ),
    ] = Path("config.toml"),
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer in JSON, for machines.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Remember what all commands need."""
    del version
    context.obj = (config, Answer(as_json=as_json))


serving.add_to(app)
checking.add_to(app)
app.add_typer(articles.app, name="articles")
app.add_typer(feeds.app, name="feeds")
app.add_typer(readers.app, name="readers")
app.add_typer(retention.app, name="retention")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(mail.app, name="mail")
app.add_typer(pace.app, name="pace")
app.add_typer(doubts.app, name="doubt")
app.add_typer(letters.app, name="letters")
app.add_typer(sending.app, name="sending")
app.add_typer(templates.app, name="templates")
editions.add_to(app)
hubs.add_to(app)
show_well(app)
