"""`publisher feeds readers`: how many read each feed."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from publisher.cli.context import opened
from publisher.desk.readership import FeedReaders, readers_of_feeds
from publisher.store.readerships import last_day

__all__ = ["add_to"]

COLUMNS = (
    *("feed", "subscribers", "direct", "requests", "304", "sent", "slowed", "newest"),
)
MACHINE_COLUMNS = (
    *("feed", "day", "subscribers", "direct", "requests", "not_modified"),
    *("bytes_sent", "slowed", "newest_at"),
)
NOBODY = "Nothing is counted yet; the running service counts every request for a feed."


def add_to(app: typer.Typer) -> None:
    """Add this command to the group of feeds."""
    app.command()(readers)


def readers(
    context: typer.Context,
    feed: Annotated[
        str,
        typer.Argument(help="Only this feed, such as sport.kk, with one row per day."),
    ] = "",
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day to show; the newest by default."
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3660, help="Days of a feed to show.")
    ] = 30,
) -> None:
    """Show how many read each feed on a day, or one feed on its last days.

    Subscribers are those that aggregators name, direct readers those that ask by
    themselves; no reader's address is kept.
    """
    file, answer = context.obj
    with opened(file) as service:
        found = readers_of_feeds(
            service.store,
            day=None if day is None else day.date(),
            feed=feed,
            days=days if feed else 1,
        )
        if answer.as_json:
            answer.rows(MACHINE_COLUMNS, [_for_machines(row) for row in found], NOBODY)
            return
        if found and not feed:
            answer.say(f"{found[0].counted.day:%Y-%m-%d}")
        now = service.clock.now()
        columns = ("day", *COLUMNS[1:-1]) if feed else COLUMNS
        rows = [_for_people(row, now) for row in found]
        if feed:
            rows = [
                (str(row.counted.day), *cells[1:-1])
                for row, cells in zip(found, rows, strict=True)
            ]
        empty = "" if rows else _nothing(service.store.query(last_day), day, feed, days)
        answer.rows(columns, rows, empty)


def _nothing(last: date | None, day: datetime | None, feed: str, days: int) -> str:
    """Say for what nothing is counted, and which day is the newest that is."""
    if last is None:
        return NOBODY
    asked = day.date() if day else last
    what = f"{feed} on {asked} and the {days - 1} days before" if feed else f"{asked}"
    return f"Nothing is counted for {what}; the newest counted day is {last}."


def _for_machines(row: FeedReaders) -> tuple[object, ...]:
    counted = row.counted
    newest = None if row.newest_at is None else row.newest_at.astimezone(UTC)
    return (
        row.feed,
        counted.day,
        counted.subscribers,
        counted.direct,
        counted.requests,
        counted.not_modified,
        counted.bytes_sent,
        counted.slowed,
        None if newest is None else newest.isoformat(),
    )


def _for_people(row: FeedReaders, now: datetime) -> tuple[object, ...]:
    counted = row.counted
    return (
        row.feed,
        counted.subscribers,
        counted.direct,
        counted.requests,
        f"{100 * row.not_modified_share:.0f} %",
        _size(counted.bytes_sent),
        counted.slowed,
        "" if row.newest_at is None else _age(now - row.newest_at),
    )


def _size(count: int) -> str:
    """Return a number of bytes in three digits and a unit."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:  # noqa: PLR2004 (what would be rounded to four digits)
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.4g} TB"


def _age(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds()) // 60)
    if minutes < 120:  # noqa: PLR2004 (two hours)
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} d"  # noqa: PLR2004 (three days)
