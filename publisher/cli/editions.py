"""`publisher schedule` and `publisher editions`: what comes, and what went."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from publisher.cli.context import opened
from publisher.store.editions import account, list_editions
from publisher.store.timetables import list_timetables

__all__ = ["add_to"]

Limit = Annotated[int, typer.Option(min=1, help="How many to show.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(schedule)
    app.command()(editions)


def schedule(context: typer.Context) -> None:
    """List when which digest is due next, and for how many readers."""
    file, answer = context.obj
    with opened(file) as service:
        rows = []
        for row, readers in service.store.query(list_timetables):
            zone = row.timetable.zone
            due = "with every article"
            if row.next_due_at is not None:
                due = f"{row.next_due_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
            timetable = row.timetable
            rows.append((due, zone, timetable.digest_key, timetable.frequency, readers))
        answer.rows(
            ("next", "zone", "digest", "frequency", "readers"),
            rows,
            "Nothing is due: no digest has readers.",
        )


def editions(context: typer.Context, limit: Limit = 20) -> None:
    """List the newest editions with their accounting."""
    file, answer = context.obj
    with opened(file) as service:
        rows = []
        for row in service.store.query(list_editions, limit):
            found = service.store.query(account, row.id)
            counts = {state.value: number for state, number in found.by_state.items()}
            skipped = ", ".join(
                f"{number} {reason}"
                for reason, number in sorted(found.skipped_by_reason.items())
            )
            rows.append(
                (
                    row.id,
                    row.digest_key,
                    row.slot,
                    row.state,
                    found.due,
                    counts.get("sent", 0),
                    found.waiting,
                    counts.get("failed", 0),
                    counts.get("held", 0),
                    counts.get("expired", 0),
                    skipped,
                )
            )
        columns = (
            "edition",
            "digest",
            "slot",
            "state",
            "due",
            "sent",
            "waiting",
            "failed",
            "held",
            "expired",
            "skipped",
        )
        answer.rows(columns, rows, "No edition yet.")
