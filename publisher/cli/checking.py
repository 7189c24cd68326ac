"""`publisher check`."""

import typer

from publisher.cli.context import Answer, configured
from publisher.cli.counting import counted
from publisher.config import Config
from publisher.service.checking import examine

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(check)


def check(context: typer.Context) -> None:
    """Check the configuration and what it needs; change nothing."""
    file, answer = context.obj
    config = configured(file)
    findings = examine(config, file.resolve().parent)
    _summarise(config, answer)
    if answer.as_json:
        answer.rows(("what", "is_good", "detail"), findings, "")
    else:
        for what, is_good, detail in findings:
            answer.say(f"{'ok  ' if is_good else 'BAD '} {what}: {detail}")
    if not all(is_good for _, is_good, _ in findings):
        raise typer.Exit(1)
    answer.say("Everything is in order.")


def _summarise(config: Config, answer: Answer) -> None:
    languages = config.site.languages
    answer.say(
        f"{counted(len(config.rubric), 'rubric')},"
        f" {counted(len(config.source), 'source')},"
        f" {counted(len(config.digest), 'digest')},"
        f" {counted(len(languages), 'language')}: {', '.join(languages)}"
    )
