"""Zones whose clocks do everything clocks have done, and the days they showed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["DAYS", "SPRING", "ZONES", "days_that_were"]

ZONES = (
    # Kazakhstan, which moved to one zone on 1 March 2024
    *("Asia/Almaty", "Asia/Aqtau", "Asia/Qostanay", "Asia/Qyzylorda"),
    # without summer time, at odd offsets, at the ends of the world
    *("UTC", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo"),
    *("Asia/Pyongyang", "Pacific/Kiritimati", "Pacific/Honolulu", "Pacific/Niue"),
    # with summer time at all hours, of half an hour and of two, and the other way round
    *("Europe/London", "Europe/Berlin", "Europe/Lisbon", "Europe/Dublin"),
    *("Asia/Beirut", "Asia/Gaza", "Africa/Cairo", "Africa/Casablanca"),
    *("America/New_York", "America/Havana", "America/Santiago", "America/St_Johns"),
    *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
    *("Antarctica/Troll", "America/Nuuk", "America/Scoresbysund", "Atlantic/Azores"),
    # with a day that never was
    "Pacific/Apia",
)
DAYS = 400
SPRING = date(2023, 12, 1)
"""Three months before Kazakhstan's clocks went back for good."""

DAY = timedelta(days=1)


def days_that_were(zone: str, first: date, days: int = DAYS) -> list[date]:
    """List the days that the clocks of a zone have shown, hour by hour."""
    local = ZoneInfo(zone)
    start = datetime.combine(first, time(0, 0), UTC) - DAY
    hours = (start + timedelta(hours=hour) for hour in range((days + 2) * 24))
    seen = {moment.astimezone(local).date() for moment in hours}
    return sorted(day for day in seen if first <= day < first + days * DAY)
