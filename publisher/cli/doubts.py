"""`publisher doubt`: messages whose end nobody saw, and what is to become of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import Answer, opened
from publisher.errors import PublisherError
from publisher.model.delivery import DeliveryState
from publisher.service import Service
from publisher.service.doubts import make_doubts
from publisher.store.doubts import (
    DoubtRow,
    count_doubts,
    find_doubts,
    list_doubts,
    send_again,
    take_as_sent,
)
from publisher.store.letters import count_held

__all__ = ["app"]

app = typer.Typer(
    help="Messages whose end nobody saw, and what becomes of them.",
    no_args_is_help=True,
)

COLUMNS = (
    *("delivery", "edition", "digest", "slot", "subscription"),
    *("reason", "begun", "since"),
)
BY_HAND = "operator"
AT_ONCE = 500
"""Deliveries in one statement."""

REFUSED = "not sent again: another message of this reader's has its articles"


@app.command("list")
def list_all(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
) -> None:
    """List messages in doubt: the final dot was sent, and no reply was seen."""
    file, answer = context.obj
    with opened(file) as service:
        _show(answer, service.store.query(list_doubts, limit))
        more = service.store.query(count_doubts) - limit
        if more > 0:
            answer.say(f"\n{more} more; --limit shows them.")
        if held := service.store.query(count_held):
            answer.say(
                f"\n{held} letters are in doubt too: `publisher letters list --state"
                " held`."
            )


@app.command()
def resolve(
    context: typer.Context,
    deliveries: Annotated[
        list[int] | None, typer.Argument(help="Numbers of deliveries, from the list.")
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
    refused, and it expires, where its edition's time is over, or where another message
    of the same reader's has its articles: nobody gets an article twice.
    """
    file, answer = context.obj
    numbers = deliveries or []
    if not (numbers or sent or resend or everything):
        _by_evidence(file, answer)
        return
    _refuse_half_a_question(numbers, sent=sent, resend=resend, everything=everything)
    with opened(file) as service:
        found = _asked_for(service, numbers)
        verb = "counted as sent" if sent else "sent again"
        _agree(answer, found, verb, is_agreed=yes)
        ids = [row.id for row in found]
        store, now = service.store, service.clock.now()
        detail = "it arrived" if sent else "it did not arrive"
        said = f"{BY_HAND}: {detail}"
        rows: list[tuple[int, str, str, str]] = []
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            if sent:
                ended = store.transact(take_as_sent, some, said, now)
                rows += [(one, "sent", BY_HAND, detail) for one in ended]
            else:
                again = store.transact(send_again, some, said, now)
                rows += [(one, *_again(state, detail)) for one, state in again.items()]
    _tell(answer, rows)


def _again(state: DeliveryState, detail: str) -> tuple[str, str, str]:
    """Return what became of a message that was to be sent again, and why."""
    is_refused = state is DeliveryState.EXPIRED
    return state.value, BY_HAND, REFUSED if is_refused else detail


def _by_evidence(file: Path, answer: Answer) -> None:
    with opened(file) as service:
        doubts = make_doubts(service)
        found = doubts.resolve()
        left = service.store.query(count_doubts)
        has_evidence = bool(doubts.evidence)
    rows = [(one.delivery_id, one.state, one.by, one.detail) for one in found]
    _tell(answer, rows)
    if left:
        answer.say(f"{left} still in doubt.")
    if left and not has_evidence:
        answer.say("There is no [[mail.evidence]] to ask; --sent or --resend decide.")


def _tell(answer: Answer, rows: Sequence[tuple[int, str, str, str]]) -> None:
    """Show what deliveries have become, and who or what said so."""
    columns = ("delivery", "state", "by", "detail")
    answer.rows(columns, sorted(rows), "No doubt was resolved.")


def _refuse_half_a_question(
    numbers: Sequence[int], *, sent: bool, resend: bool, everything: bool
) -> None:
    if sent == resend:
        msg = "say what became of them: --sent or --resend"
        raise PublisherError(msg)
    if bool(numbers) == everything:
        msg = "name deliveries by their numbers from `publisher doubt list`, or --all"
        raise PublisherError(msg)


def _asked_for(service: Service, numbers: Sequence[int]) -> list[DoubtRow]:
    """Return the named deliveries, or all; raises PublisherError for any other."""
    store = service.store
    if not numbers:
        return store.query(list_doubts, max(1, store.query(count_doubts)))
    found = store.query(find_doubts, numbers)
    others = sorted(set(numbers) - {row.id for row in found})
    if others:
        named = ", ".join(map(str, others))
        msg = (
            f"not in doubt: delivery {named}; `publisher doubt list` shows what is,"
            " nothing was changed"
        )
        raise PublisherError(msg)
    return found


def _agree(
    answer: Answer, found: Sequence[DoubtRow], verb: str, *, is_agreed: bool
) -> None:
    """Show what is about to happen and ask; raises PublisherError without a yes."""
    if is_agreed or not found:
        return
    if answer.as_json:
        msg = f"{len(found)} deliveries would be {verb}; add --yes"
        raise PublisherError(msg)
    _show(answer, found)
    typer.confirm(f"\n{len(found)} deliveries will be {verb}. Go on?", abort=True)


def _show(answer: Answer, found: Sequence[DoubtRow]) -> None:
    rows = [
        (
            *(row.id, row.edition_id, row.digest_key, row.slot, row.subscription_id),
            row.reason,
            row.begun_at and row.begun_at.isoformat(timespec="seconds"),
            row.since.isoformat(timespec="seconds"),
        )
        for row in found
    ]
    if not answer.as_json:
        rows = [(*row[:6], row[6] or "not known", row[7]) for row in rows]
    answer.rows(COLUMNS, rows, "No message is in doubt.")
