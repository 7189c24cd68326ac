"""`publisher pace`: how fast mail leaves, and why it waits."""

from typing import Annotated

import typer

from publisher.cli.context import opened
from publisher.cli.counting import counted
from publisher.desk.pace import view_pace
from publisher.errors import StoreError
from publisher.service.pacing import pace_rules
from publisher.store.pace import complained, list_gates, reopen
from publisher.store.places import list_claims

__all__ = ["app"]

app = typer.Typer(help="Limits on sending, and what waits for them.")

COLUMNS = ("gate", "state", "why", "until", "limit", "per_second", "today", "places")


@app.command("list")
def list_all(context: typer.Context) -> None:
    """List what mail passes: all mail, each relay, each provider; and why it waits."""
    file, answer = context.obj
    with opened(file) as service:
        now = service.clock.now()
        gates = service.store.query(list_gates)
        claims = service.store.query(list_claims, now)
        rows: list[tuple[object, ...]] = [
            (
                view.gate,
                view.state,
                view.why,
                view.until and view.until.isoformat(timespec="seconds"),
                view.limit,
                view.per_second,
                view.today,
                view.places,
            )
            for view in view_pace(pace_rules(service.config), gates, now, claims)
        ]
        if not answer.as_json:
            rows = [tuple("" if cell is None else cell for cell in row) for row in rows]
        answer.rows(COLUMNS, rows, "Nothing was sent yet.")


@app.command()
def resume(
    context: typer.Context,
    gate: Annotated[str, typer.Argument(help="Such as provider:gmail, from the list.")],
) -> None:
    """Let mail pass again that was shut out or slowed, after the reason is mended."""
    file, answer = context.obj
    with opened(file) as service:
        if not service.store.transact(reopen, gate, service.clock.now()):
            known = ", ".join(found.key for found in service.store.query(list_gates))
            msg = f'no mail has met a gate "{gate}" yet (there are: {known or "none"})'
            raise StoreError(msg)
    answer.say(f"{gate} is open; running processes notice within five seconds.")


@app.command()
def complaint(
    context: typer.Context,
    provider: Annotated[str, typer.Argument(help="Such as gmail, from the list.")],
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 1,
) -> None:
    """Tell of complaints that a provider's own pages show; too many shut its gate."""
    file, answer = context.obj
    with opened(file) as service:
        providers = pace_rules(service.config).providers
        known = [key for key, limits in providers.items() if limits.terms.breaks]
        if provider not in known:
            msg = (
                f'there is no provider "{provider}" that could be left alone '
                f"(there are: {', '.join(known)})"
            )
            raise StoreError(msg)
        key, terms = f"provider:{provider}", providers[provider].terms
        now = service.clock.now()
        gate = service.store.transact(complained, key, terms, count, now)
    shut = f"; {key} is shut: {gate.reason}" if gate.open_until else ""
    answer.say(f"{counted(count, 'complaint')} counted{shut}.")
