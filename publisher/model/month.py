"""Calendar months, by which feeds are archived (RFC 5005).

Months are of UTC and not of the newspaper's zone: an article stays in its archive when
the zone of the configuration changes, or the rules of a zone do.
"""

from datetime import UTC, datetime

__all__ = ["month_after", "month_of", "months_between", "start_of"]


def month_of(moment: datetime) -> str:
    """Return the month of an aware moment: `2026-03`."""
    moment = moment.astimezone(UTC)
    return f"{moment.year:04}-{moment.month:02}"


def start_of(month: str) -> datetime:
    """Return the first moment of a month; raises ValueError when it is none."""
    year, _, number = month.partition("-")
    return datetime(int(year), int(number), 1, tzinfo=UTC)


def month_after(month: str) -> str:
    """Return the month that follows a month; raises ValueError when it is none."""
    start = start_of(month)
    year, number = divmod(start.year * 12 + start.month, 12)
    return f"{year:04}-{number + 1:02}"


def months_between(first: datetime, last: datetime) -> list[str]:
    """Return the months from one moment's to another's, both included."""
    months = [month_of(first)]
    while months[-1] < month_of(last):
        months.append(month_after(months[-1]))
    return months
