"""Time zones as readers write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from publisher.clock import known_zones, zones_of_places

__all__ = ["OfferedZone", "offered_zones", "proper_zone", "similar_zone"]

OFFERED = (
    "Asia/Almaty",
    "Asia/Aqtau",
    "Asia/Aqtobe",
    "Asia/Atyrau",
    "Asia/Oral",
    "Asia/Qostanay",
    "Asia/Qyzylorda",
    "Asia/Bishkek",
    "Asia/Tashkent",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Yekaterinburg",
    "Europe/Moscow",
    "Asia/Shanghai",
    "Asia/Ulaanbaatar",
    "Asia/Seoul",
    "Asia/Dubai",
    "Europe/Istanbul",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
)
"""Where readers of a newspaper of Kazakhstan live; any other zone can be typed."""


@dataclass(frozen=True, slots=True)
class OfferedZone:
    """A zone with its present distance from UTC: `UTC+05:00`."""

    name: str
    offset: str


def offered_zones(own: Sequence[str], now: datetime) -> tuple[OfferedZone, ...]:
    """Return the zones to choose from, `own` first."""
    return tuple(
        OfferedZone(name, _offset(name, now))
        for name in dict.fromkeys((*own, *OFFERED))
    )


def _offset(name: str, now: datetime) -> str:
    digits = f"{now.astimezone(ZoneInfo(name)):%z}"
    return f"UTC{digits[:3]}:{digits[3:5]}"


def proper_zone(typed: str) -> str:
    """Return the zone that somebody meant: case and blanks do not matter."""
    folded = "_".join(typed.split()).casefold()
    if not folded:
        return ""
    return next((z for z in known_zones() if z.casefold() == folded), typed)


def similar_zone(typed: str) -> str:
    """Return the zone that looks most like what was typed, or nothing."""
    by_folded = {zone.casefold(): zone for zone in zones_of_places()}
    cities = {folded.rpartition("/")[2]: zone for folded, zone in by_folded.items()}
    names = {**cities, **by_folded}
    near = get_close_matches("_".join(typed.split()).casefold(), names, n=1)
    return names[near[0]] if near else ""
