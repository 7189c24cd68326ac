"""`publisher readers export` and `erase`: what people may ask of an operator."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from publisher.audience.erasing import Erasing
from publisher.audience.exporting import Export, Exporting
from publisher.cli.context import Answer, opened
from publisher.errors import SubscriberError
from publisher.store.erasing import Erased

__all__ = ["add_to"]

ORIGIN = "command line"
FORMATS = {"json": Export.as_json, "csv": Export.as_zip}

GOES = (
    "the address, language and zone",
    "subscriptions: digests, rubrics, hours",
    "the consent record",
    "letters, and requests for data",
    "what relays replied about messages",
)
SUPPRESSED = (
    "a keyed hash of the address in the suppression list: nobody writes to it again,"
    " and only a joining that the person confirms opens it"
)
STAYS = (
    "numbers: how many messages each edition had, and what became of them",
    SUPPRESSED,
    "a keyed hash of the consent record",
    "messages that have left, relays' logs and backups: these are not ours to empty",
)

Email = Annotated[str, typer.Argument(help="The reader's address.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the group of readers."""
    app.command("export")(export)
    app.command("erase")(erase)


def export(
    context: typer.Context,
    email: Email,
    output: Annotated[
        Path | None, typer.Option(help="File to write; default: standard output.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option("--format", help="`json`: one document; `csv`: tables in a ZIP."),
    ] = "json",
) -> None:
    """Write down everything that is known of a reader."""
    file, answer = context.obj
    if kind not in FORMATS:
        msg = f'format "{kind}" is not known; write json or csv'
        raise SubscriberError(msg)
    with opened(file) as service:
        exporting = Exporting(store=service.store, clock=service.clock)
        found = exporting.export(email)
    content = FORMATS[kind](found)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    _write(output, content)
    answer.rows(("kind", "rows"), _counts(found), "")
    answer.say(f"\nWritten to {output}, which only you can read. Delete it afterwards.")


def _write(file: Path, content: bytes) -> None:
    """Write a file that nobody else may read; raises SubscriberError naming it."""
    try:
        file.touch(0o600, exist_ok=False)
        file.write_bytes(content)
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}; choose another --output"
        raise SubscriberError(msg) from error


def _counts(found: Export) -> list[tuple[str, int]]:
    return [(name, len(rows)) for name, rows in found.records.items() if rows]


def erase(
    context: typer.Context,
    email: Email,
    is_agreed: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")
    ] = False,
) -> None:
    """Erase everything that is known of a reader, and never write to them again."""
    file, answer = context.obj
    with opened(file) as service:
        erasing = Erasing(store=service.store, clock=service.clock)
        _refuse_stranger(erasing, email)
        if not is_agreed:
            _ask(answer, email)
        erased = erasing.erase(email, origin=ORIGIN)
    answer.rows(("table", "rows"), _rows(erased), "")
    answer.say("\nThe address is suppressed by its keyed hash.")


def _refuse_stranger(erasing: Erasing, email: str) -> None:
    """Raise SubscriberError where there is nothing to erase.

    With one wrong letter the person who asked would stay, and somebody else would be
    suppressed, under the words of success.
    """
    if not erasing.is_known(email):
        msg = (
            f"nothing is known of {email}, so there is nothing to erase; is it spelt"
            " right? If nobody may write to it all the same:"
            f' publisher suppressions add {email} --reason "…"'
        )
        raise SubscriberError(msg)


def _ask(answer: Answer, email: str) -> None:
    """Say what goes and what stays, and let the operator decide."""
    if answer.as_json:
        msg = f"{email} would be erased for good; add --yes"
        raise SubscriberError(msg)
    for title, lines in (("Goes:", GOES), ("Stays:", STAYS)):
        answer.say(title)
        for line in lines:
            answer.say(f"- {line}")
    typer.confirm(f"\nErase {email} for good?", abort=True)


def _rows(erased: Erased) -> list[tuple[str, int]]:
    return [(table, count) for table, count in erased.rows.items() if count]
