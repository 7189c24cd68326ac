"""`publisher feeds`: build what waits, list, show, copy to the outputs."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from publisher.cli import front_door, linting, readership
from publisher.cli.context import opened
from publisher.cli.counting import counted
from publisher.errors import PublisherError
from publisher.feeds.dialects.publishing import document_at
from publisher.feeds.outputs.mirror import Mirror
from publisher.feeds.outputs.output import OutputError
from publisher.store.documents import documents_since, load_document
from publisher.store.feeds import count_work

__all__ = ["app"]

app = typer.Typer(help="Feeds: build, show, copy, lint and check; who reads them.")
linting.add_to(app)
readership.add_to(app)
front_door.add_to(app)

PATIENCE = 60.0
"""Seconds to wait for another process that writes to the same output."""


@app.command("build")
def build(context: typer.Context) -> None:
    """Build every feed that waits for it."""
    file, answer = context.obj
    with opened(file, settles=True) as service:
        changed = 0
        total = service.store.query(count_work)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Building feeds", total=total)
            while waiting := service.store.query(count_work):
                progress.update(task, completed=max(0, total - waiting))
                changed += len(service.builder.build_waiting(limit=20))
                if service.store.query(count_work) >= waiting:
                    msg = (
                        f"{counted(waiting, 'feed')} cannot be built; the log says why"
                    )
                    raise PublisherError(msg)
            task = progress.add_task("Compressing documents", total=None)
            while service.packer.pack_waiting():
                progress.advance(task)
        answer.rows(("feeds", "documents_changed"), [(total, changed)], "")


@app.command("list")
def list_documents(context: typer.Context) -> None:
    """List all documents with their validators."""
    file, answer = context.obj
    with opened(file) as service:
        found = service.store.query(documents_since, 0)
        answer.rows(
            ("address", "last_modified", "etag"),
            sorted((row.path, row.last_modified, row.etag) for row in found),
            "No feed is built yet; run `publisher feeds build`.",
        )


@app.command("show")
def show(
    context: typer.Context,
    path: Annotated[
        str,
        typer.Argument(help="Such as latest.rss, sport.kk.json or latest.ru.dzen.xml."),
    ],
) -> None:
    """Print a document: a feed as it is served, or its dialect for an aggregator."""
    file, _ = context.obj
    with opened(file) as service:
        wanted = "/feeds/" + path.removeprefix("/").removeprefix("feeds/")
        for row in service.store.query(documents_since, 0):
            if row.path == wanted:
                found = service.store.query(load_document, row.feed_id, row.format)
                if found is not None:
                    typer.echo(found.body.decode("utf-8"))
                    return
        made = document_at(
            service.store,
            service.addresses,
            service.facts,
            wanted,
            now=service.clock.now(),
        )
        if made is not None:
            typer.echo(made.body.decode("utf-8"))
            return
        msg = f"there is no document at {wanted}; `publisher feeds list` lists them"
        raise PublisherError(msg)


@app.command("mirror")
def mirror_documents(
    context: typer.Context,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Compare every document, and repair what differs."),
    ] = False,
) -> None:
    """Copy what changed to the outputs now; the running service does so by itself."""
    file, answer = context.obj
    rows: list[tuple[str, int, int]] = []
    failures: list[str] = []
    with (
        opened(file) as service,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        for output in service.mirrors:
            try:
                if everything:
                    output.copy_again()
                copied, removed = _copy_all(output, progress, failures)
            except OutputError as error:
                failures.append(str(error))
            else:
                rows.append((output.output.name, copied, removed))
        if rows or not failures:
            text = "There is no [[output]] in the configuration."
            answer.rows(("output", "copied", "removed"), rows, text)
    if failures:
        raise PublisherError("\n".join(failures))


def _copy_all(
    mirror: Mirror, progress: Progress, failures: list[str]
) -> tuple[int, int]:
    """Copy until nothing waits; return how many were copied and removed."""
    name = mirror.output.name
    task = progress.add_task(f"Copying to {name}", total=mirror.count_waiting())
    copied = removed = 0
    give_up_at = time.monotonic() + PATIENCE
    while True:
        report = mirror.copy_some()
        copied += report.copied
        removed += report.removed
        failures += report.failures
        progress.update(task, completed=copied)
        if not report.has_more:
            return copied, removed
        if not report.is_busy:
            give_up_at = time.monotonic() + PATIENCE
        elif time.monotonic() < give_up_at:
            time.sleep(0.1)
        else:
            msg = f'output "{name}": another process writes to it; try again later'
            raise OutputError(msg)
