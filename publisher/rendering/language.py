"""Languages: one catalogue file each, and dates, times and plurals as newspapers print.

`catalogues/xx.po` is all it takes to speak one more language: the folder's listing is
the list of languages. Catalogues are compiled in memory at first use, so no binary
stands in the tree; the message ids are the English texts.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import Translations

from publisher.errors import TemplateError

__all__ = ["Language", "Languages", "shipped_catalogues"]

# Babel's own "full" date adds a year's mark in Russian and puts the year first in
# Kazakh; a masthead reads «Понедельник, 28 апреля, 2025» in both.
MASTHEAD_DATE = "EEEE, d MMMM, y"
DAY = "d MMMM"
DAY_AHEAD = "EEEE, d MMMM"
SHORT_DATE = "d MMM"
SHORT_DATE_WITH_YEAR = "d MMM y"
CLOCK_TIME = "HH:mm"
SOME_MONDAY = date(2024, 1, 1)

# «Фото gov.kz», "Photograph by …", «Суретті түсірген …», «Иллюстрация: …».
_SAYS_WHAT_IT_IS = re.compile(r"фото|photo|сурет|.*: ", re.IGNORECASE)


def shipped_catalogues() -> Path:
    """Return the folder of the catalogues that come with the package."""
    return Path(__file__).parent / "catalogues"


class Language:
    """One language: its texts, its plurals, its dates. `code` is a BCP 47 tag."""

    def __init__(self, code: str, catalogues: Sequence[Path]) -> None:
        """Take the catalogue files, strongest first; they are read at first use."""
        self.code = code
        self._files = tuple(catalogues)
        try:
            self._locale = Locale.parse(code, sep="-")
        except (ValueError, UnknownLocaleError):
            msg = (
                f'{self._files[0]}: "{code}" is not a language; name the file after a '
                "language tag, such as kk.po or uz-Cyrl.po"
            )
            raise TemplateError(msg) from None

    @property
    def direction(self) -> str:
        """The direction of writing, `ltr` or `rtl`."""
        return self._locale.text_direction

    @property
    def name(self) -> str:
        """The language's name in itself: `Русский`, `Қазақ тілі`."""
        return _capitalised(self._locale.get_display_name() or self.code)

    @cached_property
    def _translations(self) -> Translations:
        strongest, *weaker = [_compiled(file) for file in self._files]
        for translations in weaker:
            strongest.add_fallback(translations)
        return strongest

    def gettext(self, message: str) -> str:
        """Return the message in this language, or the English text where it lacks."""
        return self._translations.ugettext(message)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the form of the message that goes with a number."""
        return self._translations.ungettext(singular, plural, count)

    def credit(self, credit: str) -> str:
        """Return a picture's credit; what says what it is stays as it was written."""
        if _SAYS_WHAT_IT_IS.match(credit):
            return credit
        return self.gettext("Photo: %(credit)s") % {"credit": credit}

    def long_date(self, day: date) -> str:
        """Return a date as under a masthead: `Понедельник, 28 апреля, 2025`."""
        return _capitalised(format_date(day, MASTHEAD_DATE, locale=self._locale))

    def day(self, day: date) -> str:
        """Return a date within a sentence about the next days: `3 декабря`."""
        return format_date(day, DAY, locale=self._locale)

    def day_ahead(self, day: date) -> str:
        """Return a date within a sentence about the next year: `среда, 3 декабря`."""
        return format_date(day, DAY_AHEAD, locale=self._locale)

    def short_date(self, day: date, today: date | None = None) -> str:
        """Return `28 апр.`, with the year when it is not that of `today`."""
        is_this_year = today is None or today.year == day.year
        pattern = SHORT_DATE if is_this_year else SHORT_DATE_WITH_YEAR
        return format_date(day, pattern, locale=self._locale)

    def weekday(self, number: int) -> str:
        """Return the name of a day of the week, Monday being 0: `понедельник`."""
        return format_date(SOME_MONDAY + timedelta(number), "cccc", locale=self._locale)

    def time(self, at: datetime, zone: tzinfo) -> str:
        """Return the wall-clock time of an instant in a zone: `09:05`."""
        return format_time(at.astimezone(zone), CLOCK_TIME, locale=self._locale)

    def moment(self, at: datetime, zone: tzinfo, today: date) -> str:
        """Return the time alone on the day `today`, else date and time."""
        local = at.astimezone(zone)
        if local.date() == today:
            return self.time(at, zone)
        return f"{self.short_date(local.date(), today)}, {self.time(at, zone)}"


class Languages:
    """The languages there is a catalogue for; earlier folders win, text by text."""

    def __init__(self, *folders: Path) -> None:
        """Look in these folders and then in the one that comes with the package."""
        self._folders = (*folders, shipped_catalogues())
        self._known: dict[str, Language] = {}

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all languages, sorted."""
        return tuple(sorted(self._catalogues()))

    def get(self, code: str) -> Language:
        """Return a language, for `ru-KZ` also plain `ru`.

        Raises TemplateError when there is no catalogue for it.
        """
        if code not in self._known:
            files = self._catalogues()
            known = code if code in files else code.partition("-")[0]
            if known not in files:
                msg = (
                    f'language "{code}" has no catalogue (there are '
                    f"{', '.join(sorted(files))}); add {self._folders[-1]}/{code}.po"
                )
                raise TemplateError(msg)
            self._known[code] = Language(known, files[known])
        return self._known[code]

    def _catalogues(self) -> Mapping[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for folder in self._folders:
            for file in sorted(folder.glob("*.po")):
                found.setdefault(file.stem, []).append(file)
        return found


def _compiled(file: Path) -> Translations:
    try:
        with file.open("rb") as source:
            catalogue = read_po(source, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        msg = f"{file}: not a catalogue of messages: {error}; check it with msgfmt"
        raise TemplateError(msg) from error
    # Else English would be written into an empty plural form, and hide the texts of a
    # weaker catalogue.
    for message in list(catalogue):
        forms = (
            message.string if isinstance(message.string, tuple) else (message.string,)
        )
        if not all(forms):
            catalogue.delete(message.id, message.context)
    binary = BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return Translations(binary)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
