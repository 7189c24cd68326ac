"""`publisher mail`: what is asked of our messages."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import Answer, configured
from publisher.cli.counting import counted
from publisher.errors import PublisherError
from publisher.mail.linting.linter import lint_message
from publisher.mail.linting.rule import Finding, Severity
from publisher.mail.maildir_reader import MaildirReader
from publisher.service.signing import make_missing_keys, make_signer

__all__ = ["app"]

app = typer.Typer(help="Check and sign the messages that go out.", no_args_is_help=True)

COLUMNS = ("message", "rule", "says", "what")
MACHINE_COLUMNS = (
    *("message", "rule", "severity", "reason", "remedy", "source", "asked_by"),
)


@app.command()
def lint(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Messages as files, `-` for standard input; default: the newest in"
            " the outbox."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="How many of the outbox.")
    ] = 20,
) -> None:
    """Tell what large mailbox providers would refuse of messages, and why.

    The exit code is 1 when something would be refused.
    """
    config, answer = context.obj
    found: list[tuple[str, Finding]] = []
    count = refused = 0
    for name, raw in _named(files) if files else _outbox(config, limit):
        breaches = lint_message(raw)
        count += 1
        refused += any(one.rule.severity is Severity.REFUSE for one in breaches)
        found += [(name, finding) for finding in breaches]
    _tell(answer, found, count, refused)
    if refused:
        raise typer.Exit(1)


@app.command()
def dkim(context: typer.Context) -> None:
    """Make the keys that sign messages, and show what to put into the DNS.

    Makes what `[mail.dkim]` names and is not there; a key that is there stays.
    """
    file, answer = context.obj
    config = configured(file)
    root = file.resolve().parent
    for made in make_missing_keys(config, root):
        answer.say(f"Made {made}; only its owner can read it. Back it up.")
    signer = make_signer(config, root)
    if signer is None:
        msg = (
            "mail.dkim.key_file: no file is named, so messages leave unsigned; write"
            ' key_file = "var/dkim.pem" below [mail.dkim] and ask again'
        )
        raise PublisherError(msg)
    if answer.as_json:
        rows = [(record.name, "TXT", record.text) for record in signer.records]
        answer.rows(("name", "type", "text"), rows, "")
        return
    answer.say(f"Put into the DNS of {signer.domain}, each record on one line:")
    for record in signer.records:
        answer.say("")
        answer.copyable(f"{record.name}. IN TXT {record.quoted}")


def _named(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        if str(file) == "-":
            yield "standard input", sys.stdin.buffer.read()
            continue
        try:
            yield file.name, file.read_bytes()
        except OSError as error:
            msg = f"{file} cannot be read: {error.strerror}; name a file with a message"
            raise PublisherError(msg) from error


def _outbox(config: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield the newest messages of the outbox that the configuration names."""
    mail = configured(config).mail
    if mail.transport != "maildir":
        msg = f'mail.transport is "{mail.transport}": there is no outbox; name files'
        raise PublisherError(msg)
    reader = MaildirReader(config.resolve().parent / mail.maildir)
    for head in reader.newest(limit):
        message = reader.find(head.name)
        if message is not None:  # Removed meanwhile.
            yield head.name, message.raw


def _tell(
    answer: Answer, found: Sequence[tuple[str, Finding]], count: int, refused: int
) -> None:
    if answer.as_json:
        rows: list[tuple[object, ...]] = [
            (
                *(name, f.rule.key, f.rule.severity.value, f.reason),
                *(f.rule.remedy, f.rule.source, sorted(f.rule.asked_by)),
            )
            for name, f in found
        ]
        answer.rows(MACHINE_COLUMNS, rows, "")
        return
    told = [
        (name, f.rule.key, f.rule.severity.value, f"{f.reason}; {f.rule.remedy}")
        for name, f in found
    ]
    if count:
        answer.rows(COLUMNS, told, "Every rule is kept.")
    warnings = sum(f.rule.severity is Severity.WARN for _, f in found)
    answer.say(
        f"\n{counted(count, 'message')}: {refused} would be refused,"
        f" {counted(warnings, 'warning')}."
    )
