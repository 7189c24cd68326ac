"""`publisher letters`: messages to one person, and what became of them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from publisher.cli.context import opened
from publisher.errors import PublisherError
from publisher.model.delivery import DeliveryState
from publisher.service import Service
from publisher.store.letters import (
    LetterRow,
    account,
    find_letters,
    list_letters,
    send_again,
)

__all__ = ["app"]

app = typer.Typer(
    help="Letters: confirmations and other messages to one person.",
    no_args_is_help=True,
)

COLUMNS = (
    *("letter", "kind", "address", "state", "reason", "attempts"),
    *("posted", "expires", "begun", "settled"),
)
SAID = "operator: sent again"


class State(StrEnum):
    """States of a letter."""

    WAITING = DeliveryState.WAITING.value
    BEGUN = DeliveryState.BEGUN.value
    SENT = DeliveryState.SENT.value
    FAILED = DeliveryState.FAILED.value
    EXPIRED = DeliveryState.EXPIRED.value
    HELD = DeliveryState.HELD.value


@app.command("list")
def list_all(
    context: typer.Context,
    state: Annotated[
        State | None, typer.Option(help="Only letters in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
) -> None:
    """List the newest letters, and count those in every state.

    Held letters are in doubt: the final dot was sent, and no reply was seen.
    """
    file, answer = context.obj
    with opened(file) as service:
        wanted = DeliveryState(state.value) if state is not None else None
        found = service.store.query(list_letters, limit, wanted)
        posted, by_state = service.store.query(account)
    answer.rows(COLUMNS, [_row(row) for row in found], _nothing(wanted))
    answer.say(f"\n{_counted(posted, by_state)}")


def _nothing(wanted: DeliveryState | None) -> str:
    if wanted is None:
        return "No letters yet: a reader who joins gets the first one."
    return f"No letter is {wanted.value}."


@app.command()
def resend(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Number of the letter.")],
) -> None:
    """Send a letter again that is in doubt (held) or has failed.

    One that is in doubt goes as the same bytes with the same Message-ID; if it had
    arrived, its reader gets it twice. One that failed is composed anew. What is past
    its time is not sent any more.
    """
    file, answer = context.obj
    with opened(file) as service:
        row = _asked_for(service, number)
        now = service.clock.now()
        if not service.store.transact(send_again, number, SAID, now):
            raise PublisherError(_why_not(row))
    what = (
        "goes again as the same message; if the first one arrived, it comes twice"
        if row.state is DeliveryState.HELD
        else "is composed anew and goes"
    )
    if answer.as_json:
        answer.rows(("letter", "state"), [(number, DeliveryState.WAITING.value)], "")
    answer.say(f"Letter {number} ({row.kind} to {row.email}) {what}.")


def _asked_for(service: Service, number: int) -> LetterRow:
    found = service.store.query(find_letters, [number])
    if not found:
        msg = f"there is no letter {number}; see `publisher letters list`"
        raise PublisherError(msg)
    return found[0]


def _why_not(row: LetterRow) -> str:
    if row.state in {DeliveryState.HELD, DeliveryState.FAILED}:
        return (
            f"letter {row.id} is past its time ({_moment(row.expires_at)}): its link"
            " would not work; let the reader ask for a new one"
        )
    return f"letter {row.id} is {row.state}: only held and failed ones are sent again"


def _row(row: LetterRow) -> tuple[object, ...]:
    moments = (row.posted_at, row.expires_at, row.begun_at, row.settled_at)
    shown = (_moment(at) if at is not None else "" for at in moments)
    return (
        *(row.id, row.kind, row.email, row.state.value, row.reason, row.attempts),
        *shown,
    )


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S+00:00}"


def _counted(posted: int, by_state: Mapping[DeliveryState, int]) -> str:
    """Return the account of all letters (law 12)."""
    states: Sequence[DeliveryState] = (
        *(DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED),
        *(DeliveryState.HELD, DeliveryState.WAITING, DeliveryState.BEGUN),
    )
    counts = " + ".join(f"{by_state.get(state, 0)} {state.value}" for state in states)
    return f"{posted} posted = {counts}"
