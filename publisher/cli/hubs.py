"""`publisher hubs`: what is told to hubs, and whether they pass it on."""

from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from publisher.cli.context import opened
from publisher.model.hub import judge
from publisher.store.hub_subscriptions import count_subscriptions
from publisher.store.hubs import list_hubs

__all__ = ["add_to"]

COLUMNS = (
    *("hub", "verdict", "last_ping", "last_delivery", "delay", "waiting"),
    *("subscriptions", "last_reply"),
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(hubs)


def hubs(context: typer.Context) -> None:
    """List the hubs that are told of changes, and whether they really deliver."""
    file, answer = context.obj
    with opened(file) as service:
        now = service.clock.now()
        zone = ZoneInfo(service.config.site.zone)
        own = service.hubs.own
        count = service.store.query(count_subscriptions, now)
        rows = [
            (
                row.url,
                judge(row.state, now).value,
                _moment(row.state.pinged_at, zone),
                _moment(row.state.delivered_at, zone),
                ""
                if row.state.delay is None
                else f"{row.state.delay.total_seconds():.1f} s",
                row.waiting,
                count if own is not None and own.hub_url == row.url else "",
                row.reply,
            )
            for row in service.store.query(list_hubs)
        ]
    answer.rows(COLUMNS, rows, "There are no hubs: see [push] in the configuration.")


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(" ", "seconds")
