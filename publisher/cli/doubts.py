"""`publisher doubt`: messages whose end nobody saw, and what is to become of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import Answer, opened
from publisher.cli.counting import counted
from publisher.digests.open_doubts import (
    OpenDoubt,
    count_open,
    end_doubts,
    find_open,
    list_open,
)
from publisher.errors import PublisherError
from publisher.mail.evidence.evidence import Says
from publisher.model.delivery import DeliveryState
from publisher.service import Service
from publisher.service.doubts import make_doubts
from publisher.store.doubts import DoubtRow

__all__ = ["app"]

app = typer.Typer(
    help="Messages whose end nobody saw, and what becomes of them.",
    no_args_is_help=True,
)

COLUMNS = (
    *("message", "letter", "edition", "digest", "slot", "subscription"),
    *("reason", "begun", "since"),
)
BY_HAND = "operator"
AT_ONCE = 500
"""Messages in one transaction."""

REFUSED = "not sent again: another message of this reader's has its articles"
TOO_LATE = "not sent again: its time is over"


@app.command("list")
def list_all(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
) -> None:
    """List messages in doubt: the final dot was sent, and no reply was seen."""
    file, answer = context.obj
    with opened(file) as service:
        _show(answer, service.store.query(list_open, limit))
        more = service.store.query(count_open) - limit
        if more > 0:
            answer.say(f"\n{more} more; --limit shows them.")


@app.command()
def resolve(
    context: typer.Context,
    messages: Annotated[
        list[str] | None,
        typer.Argument(help="From the list, such as 1207 or letter-12."),
    ] = None,
    sent: Annotated[
        bool, typer.Option("--sent", help="They arrived: count them as sent.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="They did not arrive: send them again.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="All that are in doubt.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")
    ] = False,
) -> None:
    """End doubts by evidence and policy, or by hand with --sent or --resend.

    A message that is sent again is the same one, with the same Message-ID. That is
    refused, and it expires, where its edition's or letter's time is over, or where
    another message of the same reader's has its articles: nobody gets an article twice.
    """
    file, answer = context.obj
    words = messages or []
    if not (words or sent or resend or everything):
        _by_evidence(file, answer)
        return
    _refuse_half_a_question(words, sent=sent, resend=resend, everything=everything)
    with opened(file) as service:
        found = _asked_for(service, words)
        verb = "counted as sent" if sent else "sent again"
        _agree(answer, found, verb, is_agreed=yes)
        says = Says.ACCEPTED if sent else Says.NOT_ACCEPTED
        detail = "it arrived" if sent else "it did not arrive"
        rows = _end(service, found, says, detail)
    _tell(answer, rows)


def _end(
    service: Service, found: Sequence[OpenDoubt], says: Says, detail: str
) -> list[tuple[str, str, str, str]]:
    """End doubts by hand, some at a time; return what became of them, and why."""
    store, now, said = service.store, service.clock.now(), f"{BY_HAND}: {detail}"
    states: dict[str, DeliveryState] = {}
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        states |= store.transact(end_doubts, some, says, said, now)
    why = {
        row.word: REFUSED if isinstance(row, DoubtRow) else TOO_LATE for row in found
    }
    return [
        (
            *(word, state.value, BY_HAND),
            why[word] if state is DeliveryState.EXPIRED else detail,
        )
        for word, state in states.items()
    ]


def _by_evidence(file: Path, answer: Answer) -> None:
    with opened(file) as service:
        doubts = make_doubts(service)
        found = doubts.resolve()
        left = service.store.query(count_open)
        has_evidence = bool(doubts.evidence)
    rows = [(one.message, one.state, one.by, one.detail) for one in found]
    _tell(answer, rows)
    if left:
        answer.say(f"{left} still in doubt.")
    if left and not has_evidence:
        answer.say("There is no [[mail.evidence]] to ask; --sent or --resend decide.")


def _tell(answer: Answer, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Show what messages have become, and who or what said so."""
    columns = ("message", "state", "by", "detail")
    answer.rows(columns, rows, "No doubt was resolved.")


def _refuse_half_a_question(
    words: Sequence[str], *, sent: bool, resend: bool, everything: bool
) -> None:
    if sent == resend:
        msg = "say what became of them: --sent or --resend"
        raise PublisherError(msg)
    if bool(words) == everything:
        msg = "name messages as `publisher doubt list` does, or --all"
        raise PublisherError(msg)


def _asked_for(service: Service, words: Sequence[str]) -> list[OpenDoubt]:
    """Return the named messages, or all; raises PublisherError for any other."""
    store = service.store
    if words:
        return store.query(find_open, words)
    return store.query(list_open, max(1, store.query(count_open)))


def _agree(
    answer: Answer, found: Sequence[OpenDoubt], verb: str, *, is_agreed: bool
) -> None:
    """Show what is about to happen and ask; raises PublisherError without a yes."""
    if is_agreed or not found:
        return
    if answer.as_json:
        msg = f"{counted(len(found), 'message')} would be {verb}; add --yes"
        raise PublisherError(msg)
    _show(answer, found)
    messages = counted(len(found), "message")
    typer.confirm(f"\n{messages} will be {verb}. Go on?", abort=True)


def _show(answer: Answer, found: Sequence[OpenDoubt]) -> None:
    rows = [
        (
            *(row.word, *_about(row), row.reason),
            row.begun_at and row.begun_at.isoformat(timespec="seconds"),
            row.since.isoformat(timespec="seconds"),
        )
        for row in found
    ]
    if not answer.as_json:
        rows = [
            (
                *("" if cell is None else cell for cell in row[:7]),
                row[7] or "not known",
                row[8],
            )
            for row in rows
        ]
    answer.rows(COLUMNS, rows, "No message is in doubt.")


def _about(row: OpenDoubt) -> tuple[object, ...]:
    """Return a letter's kind, or a delivery's edition and subscription."""
    if isinstance(row, DoubtRow):
        return (None, row.edition_id, row.digest_key, row.slot, row.subscription_id)
    return (row.kind, None, None, None, None)
