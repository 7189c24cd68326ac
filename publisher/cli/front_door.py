"""`publisher feeds check`: whether the public gets what was published."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from publisher.cli.context import opened
from publisher.cli.counting import counted
from publisher.errors import PublisherError
from publisher.feeds.front_door import knock
from publisher.model.feed import SITE_KEY
from publisher.outgoing.client import Reply
from publisher.service import Service
from publisher.service.requests import make_client
from publisher.store.documents import Document, documents_since, load_document

__all__ = ["add_to"]

COLUMNS = ("feed", "what", "remedy")
MAX_BYTES = 16 * 2**20


def add_to(app: typer.Typer) -> None:
    """Add this command to the group of feeds."""
    app.command()(check)


def check(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Such as sport.kk.json; default: the feeds of the whole site."
        ),
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every document.")] = False,
) -> None:
    """Ask for feeds at the public address, and compare them with what is published.

    The exit code is 1 where the public gets something else.
    """
    file, answer = context.obj
    with opened(file) as service:
        client = make_client(service.config)

        def ask(url: str, headers: Mapping[str, str]) -> Reply:
            return client.ask("GET", url, headers=headers, max_bytes=MAX_BYTES)

        chosen = _chosen(service, paths or (), is_all=is_all)
        found = [
            difference
            for document in chosen
            for difference in knock(ask, service.config.web.base_url, document)
        ]
    rows = [(each.path, each.what, each.remedy) for each in found]
    answer.rows(COLUMNS, rows, "The public gets what was published.")
    documents = counted(len(chosen), "document")
    answer.say(f"\n{documents}, {counted(len(found), 'difference')}.")
    if found:
        raise typer.Exit(1)


def _chosen(service: Service, paths: Sequence[str], *, is_all: bool) -> list[Document]:
    """Return the documents to ask for, with their bytes; raises PublisherError."""
    known = {row.path: row for row in service.store.query(documents_since, 0)}
    if paths:
        wanted = ["/feeds/" + p.removeprefix("/").removeprefix("feeds/") for p in paths]
    elif is_all:
        wanted = [path for path in known if service.addresses.find(path) is not None]
    else:
        languages = ("", *service.facts.languages)
        wanted = [
            path
            for language in languages
            for url in service.addresses.urls(SITE_KEY, language).values()
            if (path := url.removeprefix(service.config.web.base_url)) in known
        ]
    missing = [path for path in wanted if path not in known]
    if missing:
        msg = f"{missing[0]} is not published; see: publisher feeds list"
        raise PublisherError(msg)
    loaded = (
        service.store.query(load_document, known[path].feed_id, known[path].format)
        for path in sorted(wanted)
    )
    return [document for document in loaded if document is not None]
