"""`publisher readers`: add, list, pause, let leave, export, erase."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from publisher.audience.choosing import Wish, unknown
from publisher.cli import readers_data
from publisher.cli.context import opened
from publisher.errors import SubscriberError
from publisher.mail.address import parse_address
from publisher.service import Service
from publisher.store.readers import (
    Subscription,
    list_subscriptions,
    subscriptions_at,
)

__all__ = ["app"]

app = typer.Typer(help="Readers: add, list, pause, let leave, export, erase.")

Chosen = Annotated[
    list[str] | None, typer.Option(help="A rubric with all below it; may be repeated.")
]
LeftOut = Annotated[
    list[str] | None,
    typer.Option(help="A rubric to leave out again; may be repeated."),
]
OwnHour = Annotated[
    str, typer.Option(help="Local hour, 7 or 07:30; default: the digest's.")
]
OwnFrequency = Annotated[
    str, typer.Option(help="How often, of what the digest offers; default: its own.")
]
OwnWeekdays = Annotated[
    list[str] | None, typer.Option(help="A weekday, mon to sun; may be repeated.")
]
Compact = Annotated[
    bool, typer.Option("--compact", help="Headlines only, without pictures.")
]
OwnMonthDay = Annotated[
    int, typer.Option(help="Day of a monthly digest; default: the digest's.")
]

COLUMNS = (
    "subscription",
    "address",
    "digest",
    "language",
    "hour",
    "zone",
    "rubrics",
    "state",
    "next",
)


@app.command("add")
def add(  # noqa: PLR0917 (Typer makes options of them)
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The reader's address.")],
    consent: Annotated[
        str, typer.Option(help="How the reader agreed; nothing is mailed without.")
    ],
    digest: Annotated[
        str, typer.Option(help="Key of the digest; default: the first.")
    ] = "",
    rubric: Chosen = None,
    without: LeftOut = None,
    zone: Annotated[str, typer.Option(help="IANA zone; default: the site's.")] = "",
    hour: OwnHour = "",
    language: Annotated[
        str, typer.Option(help="Language of the digest; default: the site's first.")
    ] = "",
    frequency: OwnFrequency = "",
    weekday: OwnWeekdays = None,
    month_day: OwnMonthDay = 0,
    *,
    compact: Compact = False,
) -> None:
    """Subscribe a reader to a digest, with the consent that was given."""
    file, answer = context.obj
    with opened(file, settles=True) as service:
        if not digest and not service.rules:
            msg = "there is no digest to subscribe to; add a [[digest]]"
            raise SubscriberError(msg)
        key = digest or next(iter(service.rules))
        _refuse_second(service, email, key)
        subscription = service.membership.join(
            email,
            Wish(
                digest=key,
                rubrics=tuple(rubric or ()),
                excluded=tuple(without or ()),
                zone=zone,
                hour=hour,
                language=language,
                frequency=frequency,
                weekdays=tuple(weekday or ()),
                month_day=month_day,
                is_compact=compact,
            ),
            wording=consent,
            origin="command line",
        )
        answer.rows(COLUMNS, [_row(subscription)], "")


def _refuse_second(service: Service, email: str, digest: str) -> None:
    """Refuse to add a reader who has the digest: it would change what was chosen."""
    address = parse_address(email)
    for found in service.store.query(subscriptions_at, address.key):
        if found.digest_key == digest and found.is_active:
            msg = (
                f'{address.text} gets "{digest}" already (subscription {found.id});'
                " the reader changes it by the link in every mail, or let it"
                f" `readers leave {found.id}` first"
            )
            raise SubscriberError(msg)


def _require(service: Service, subscription: int) -> None:
    """Raise SubscriberError for a subscription that does not exist."""
    if service.membership.find(subscription) is None:
        msg = f"subscription {subscription} does not exist; see `readers list`"
        raise SubscriberError(msg)


def _row(subscription: Subscription) -> tuple[object, ...]:
    choice = subscription.choice
    zone = choice.timetable.zone
    return (
        subscription.id,
        subscription.email,
        subscription.digest_key,
        choice.language,
        "at once" if choice.timetable.is_instant else f"{choice.timetable.at:%H:%M}",
        zone,
        choice.selection.key or "all",
        _state(subscription),
        _local(_next_due_at(subscription), zone) if subscription.is_active else "",
    )


def _state(subscription: Subscription) -> str:
    if subscription.paused_until is not None:
        zone = ZoneInfo(subscription.choice.timetable.zone)
        return f"paused until {subscription.paused_until.astimezone(zone):%Y-%m-%d}"
    return "active" if subscription.is_active else "left"


def _next_due_at(subscription: Subscription) -> datetime | None:
    """Return the next slot that brings a digest: after a pause, where there is one."""
    until, timetable = subscription.paused_until, subscription.choice.timetable
    if until is None or timetable.is_instant:
        return subscription.next_due_at
    return timetable.next_slot(until - timedelta(microseconds=1)).due_at


def _local(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if moment else ""


@app.command("list")
def list_readers(
    context: typer.Context,
    digest: Annotated[str, typer.Option(help="Only this digest.")] = "",
    after: Annotated[
        int, typer.Option(help="Start after this subscription number.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
) -> None:
    """List subscriptions in the order of their numbers."""
    file, answer = context.obj
    with opened(file) as service:
        found = service.store.query(list_subscriptions, after, limit, digest)
        # One that was taken out of the file may have readers that left.
        if digest and not found and digest not in service.rules:
            raise SubscriberError(unknown("digest", digest, service.rules))
        rows = [_row(subscription) for subscription in found]
        answer.rows(COLUMNS, rows, _nobody(digest, after))


def _nobody(digest: str, after: int) -> str:
    """Say that a list is empty, and which list it is."""
    of_it = f' of "{digest}"' if digest else ""
    if after:
        return f"None{of_it} after {after}."
    return f"No readers{of_it} yet; `publisher readers add` subscribes one."


@app.command("leave")
def leave(
    context: typer.Context,
    subscription: Annotated[int, typer.Argument(help="Number of the subscription.")],
) -> None:
    """End a subscription; queued mail stops at once."""
    file, answer = context.obj
    with opened(file) as service:
        _require(service, subscription)
        has_ended = service.membership.leave(subscription, origin="command line")
        state = "ended" if has_ended else "had ended before"
        answer.rows(("subscription", "state"), [(subscription, state)], "")


@app.command("pause")
def pause(
    context: typer.Context,
    subscription: Annotated[int, typer.Argument(help="Number of the subscription.")],
    until: Annotated[
        str, typer.Option(help="The day it goes on, in the reader's zone: 2026-12-24.")
    ],
) -> None:
    """Send a subscription nothing until a day; articles are kept for it meanwhile."""
    file, answer = context.obj
    try:
        day = date.fromisoformat(until)
    except ValueError:
        msg = f'"{until}" is not a day; write it as 2026-12-24'
        raise SubscriberError(msg) from None
    with opened(file, settles=True) as service:
        paused = service.membership.pause(subscription, day, origin="command line")
        answer.rows(COLUMNS, [_row(paused)], "")


@app.command("resume")
def resume(
    context: typer.Context,
    subscription: Annotated[int, typer.Argument(help="Number of the subscription.")],
) -> None:
    """End the pause of a subscription now."""
    file, answer = context.obj
    with opened(file) as service:
        _require(service, subscription)
        was_paused = service.membership.resume(subscription, origin="command line")
        state = "resumed" if was_paused else "was not paused"
        answer.rows(("subscription", "state"), [(subscription, state)], "")


readers_data.add_to(app)
