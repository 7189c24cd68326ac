"""`publisher articles`: what came in, what was set aside, what is missing."""

from typing import Annotated

import typer

from publisher.cli.context import opened
from publisher.sources.intake import IntakeReport
from publisher.store import sources

__all__ = ["app"]

app = typer.Typer(help="Articles: take in, count, set aside, missing.")

Limit = Annotated[int, typer.Option(min=1, help="How many to show.")]


@app.command("take-in")
def take_in(context: typer.Context) -> None:
    """Look at every source once and take in what is new."""
    file, answer = context.obj
    with opened(file, settles=True) as service:
        rows = []
        for intake, _ in service.intakes:
            report = intake.look()
            rows.append((intake.source.name, *_counts(report)))
        columns = ("source", "new", "changed", "same", "set_aside", "missing")
        answer.rows(columns, rows, "There are no sources; add a [[source]].")


def _counts(report: IntakeReport) -> tuple[int, ...]:
    return (
        report.new,
        report.changed,
        report.same,
        report.set_aside,
        report.missing,
    )


@app.command("count")
def count(context: typer.Context) -> None:
    """Count the articles by state."""
    file, answer = context.obj
    with opened(file) as service:
        counts = service.store.query(sources.count_articles)
        answer.rows(("state", "articles"), sorted(counts.items()), "No articles yet.")


@app.command("set-aside")
def set_aside(context: typer.Context, limit: Limit = 50) -> None:
    """List what could not be taken in, with the reasons, newest first."""
    file, answer = context.obj
    with opened(file) as service:
        found = service.store.query(sources.list_set_aside, limit)
        answer.rows(
            ("source", "place", "reason"),
            [(row.source, row.place, row.reason) for row in found],
            "Nothing was set aside.",
        )


@app.command("missing")
def missing(context: typer.Context, limit: Limit = 50) -> None:
    """List articles that their source no longer has; they stay public."""
    file, answer = context.obj
    with opened(file) as service:
        found = service.store.query(sources.list_missing, limit)
        answer.rows(
            ("source", "article", "path", "missing_since", "url"),
            [
                (row.source, row.source_key, row.path, row.since, row.url)
                for row in found
            ],
            "No article is missing.",
        )
