"""`publisher suppressions`: addresses that may not be written to."""

from typing import Annotated

import typer

from publisher.cli.context import configured, opened
from publisher.clock import SystemClock
from publisher.errors import SubscriberError
from publisher.mail.address import parse_address
from publisher.service.keeping import renew_address_secret
from publisher.store.suppressions import (
    MAX_REASON,
    find_suppression,
    list_suppressions,
    suppress,
    unsuppress,
)

__all__ = ["app"]

app = typer.Typer(help="Addresses that may not be written to: list, add, remove.")

COLUMNS = ("hash", "address", "reason", "since")

Email = Annotated[str, typer.Argument(help="The address.")]


@app.command("list")
def list_them(
    context: typer.Context,
    address: Annotated[str, typer.Option(help="Only this address.")] = "",
    after: Annotated[str, typer.Option(help="Start after this hash.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
) -> None:
    """List suppressed addresses as keyed hashes, in the order of these.

    The address of who is a reader still stands beside it; of others nobody knows it.
    """
    file, answer = context.obj
    with opened(file) as service:
        if address:
            given = parse_address(address)
            reason = service.store.query(find_suppression, given.key)
            rows = [] if reason is None else [(given.text, reason)]
            empty = f"{given.text} may be written to."
            answer.rows(("address", "reason"), rows, empty)
            return
        found = service.store.query(list_suppressions, after, limit)
        answer.rows(
            COLUMNS,
            [
                (row.address_hash, row.email, row.reason, f"{row.at:%Y-%m-%d %H:%M}Z")
                for row in found
            ],
            "No address is suppressed.",
        )


@app.command("add")
def add(
    context: typer.Context,
    email: Email,
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
) -> None:
    """Never write to an address again, whatever it is subscribed to.

    Of an address that is suppressed already the first reason stays, unless it is one
    that the reader could lift.
    """
    file, answer = context.obj
    with opened(file) as service:
        address, now = parse_address(email), service.clock.now()
        service.store.transact(suppress, address.key, reason, now)
        kept = service.store.query(find_suppression, address.key)
        answer.rows(("address", "reason"), [(address.text, kept)], "")
        if kept != reason[:MAX_REASON]:
            answer.say(
                f"{address.text} was suppressed before: the first reason stays, yours"
                " is not kept. To replace it, use `suppressions remove`, then `add`."
            )


@app.command("remove")
def remove(context: typer.Context, email: Email) -> None:
    """Allow writing to an address again; only when its reader asked for it."""
    file, answer = context.obj
    with opened(file) as service:
        address = parse_address(email)
        reason = service.store.transact(unsuppress, address.key)
        if reason is None:
            msg = f"{address.text} is not suppressed; see `suppressions list --address`"
            raise SubscriberError(msg)
        answer.rows(("address", "was"), [(address.text, reason)], "")


@app.command("renew-secret")
def renew_secret(
    context: typer.Context,
    is_agreed: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")
    ] = False,
) -> None:
    """Go on without an address secret that is lost for good.

    Suppressed addresses of present readers stay suppressed. All others are lost, those
    of erased readers among them: only the backup of the secret could tell them.
    """
    file, answer = context.obj
    config = configured(file)
    if not is_agreed:
        if answer.as_json:
            msg = "suppressed addresses of who is no reader would be lost; add --yes"
            raise SubscriberError(msg)
        typer.confirm("Addresses of who is no reader will be lost. Go on?", abort=True)
    root, now = file.resolve().parent, SystemClock().now()
    kept, lost = renew_address_secret(config, root, now)
    answer.rows(("kept", "lost"), [(kept, lost)], "")
