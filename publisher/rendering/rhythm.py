"""How often a digest comes, as one short line: `Every day, 07:00 (Asia/Almaty)`."""

from typing import Literal, TypeAlias

from babel import Locale
from babel.dates import get_day_names

from publisher.model.timetable import Frequency, Timetable
from publisher.rendering.language import Language

__all__ = ["rhythm_text", "weekday_name"]

Width: TypeAlias = Literal["wide", "abbreviated"]


def weekday_name(language: Language, weekday: int, width: Width = "wide") -> str:
    """Return the name of a weekday, Monday being 0, as it stands alone."""
    locale = Locale.parse(language.code, sep="-")
    return str(get_day_names(width, "stand-alone", locale)[weekday])


def rhythm_text(
    language: Language,
    timetable: Timetable,
    *,
    has_hour: bool = True,
    has_zone: bool = True,
) -> str:
    """Return on which days and when a digest comes; hour and zone may be left out."""
    days = _days(language, timetable)
    if timetable.is_instant or not has_hour:
        return days
    zone = f" ({timetable.zone})" if has_zone else ""
    return f"{days}, {timetable.at:%H:%M}{zone}"


def _days(language: Language, timetable: Timetable) -> str:
    match timetable.frequency:
        case Frequency.INSTANT:
            return language.gettext("As soon as news is published")
        case Frequency.DAILY:
            return language.gettext("Every day")
        case Frequency.WEEKDAYS:
            names = [
                weekday_name(language, day, "abbreviated") for day in timetable.weekdays
            ]
            return language.gettext("Several days a week: %(days)s") % {
                "days": ", ".join(names)
            }
        case Frequency.WEEKLY:
            day = weekday_name(language, timetable.weekdays[0])
            return language.gettext("Once a week: %(day)s") % {"day": day}
        case Frequency.MONTHLY:
            return language.gettext("Once a month, on day %(day)s") % {
                "day": timetable.month_day
            }
