"""Dates, times and plurals read as a newspaper prints them; a language is one file."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.errors import TemplateError
from publisher.rendering.language import Languages
from publisher.rendering.templates import Renderer

ALMATY = ZoneInfo("Asia/Almaty")
MONDAY = date(2025, 4, 28)

GERMAN = """
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Latest news"
msgstr "Nachrichten"

msgid "%(count)s article"
msgid_plural "%(count)s articles"
msgstr[0] "%(count)s Artikel"
msgstr[1] ""
"""


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("ru", "Понедельник, 28 апреля, 2025"),
        ("kk", "Дүйсенбі, 28 сәуір, 2025"),
        ("en", "Monday, 28 April, 2025"),
    ],
)
def test_a_long_date_is_that_of_a_masthead(code: str, printed: str) -> None:
    assert Languages().get(code).long_date(MONDAY) == printed


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("ru", "понедельник, 28 апреля"),
        ("kk", "дүйсенбі, 28 сәуір"),
        ("en", "Monday, 28 April"),
    ],
)
def test_a_day_ahead_stands_within_a_sentence(code: str, printed: str) -> None:
    assert Languages().get(code).day_ahead(MONDAY) == printed


def test_a_time_is_that_of_the_reader_s_zone() -> None:
    at = datetime(2025, 4, 28, 21, 5, tzinfo=UTC)
    russian = Languages().get("ru")

    assert russian.time(at, ALMATY) == "02:05"
    assert russian.time(at, UTC) == "21:05"


def test_a_moment_says_the_day_only_when_it_is_another_one() -> None:
    at = datetime(2025, 4, 27, 20, 5, tzinfo=UTC)
    languages = Languages()

    assert languages.get("ru").moment(at, ALMATY, MONDAY) == "01:05"
    assert languages.get("ru").moment(at, UTC, MONDAY) == "27 апр., 20:05"
    assert languages.get("kk").moment(at, UTC, MONDAY) == "27 сәу., 20:05"
    assert languages.get("en").moment(at, UTC, date(2026, 1, 1)) == "27 Apr 2025, 20:05"


@pytest.mark.parametrize(
    ("count", "printed"),
    [
        (0, "0 статей"),
        (1, "1 статья"),
        (2, "2 статьи"),
        (5, "5 статей"),
        (11, "11 статей"),
        (12, "12 статей"),
        (21, "21 статья"),
        (22, "22 статьи"),
        (111, "111 статей"),
    ],
)
def test_a_russian_number_takes_the_right_of_three_forms(
    count: int, printed: str
) -> None:
    form = (
        Languages().get("ru").ngettext("%(count)s article", "%(count)s articles", count)
    )

    assert form % {"count": count} == printed


@pytest.mark.parametrize("count", [0, 1, 2, 5, 21])
def test_a_kazakh_noun_stays_the_same_after_any_number(count: int) -> None:
    form = (
        Languages().get("kk").ngettext("%(count)s article", "%(count)s articles", count)
    )

    assert form == "%(count)s мақала"


def test_english_is_the_message_id_itself() -> None:
    english = Languages().get("en")

    assert english.gettext("Latest news") == "Latest news"
    assert english.ngettext("%(count)s article", "%(count)s articles", 1) == (
        "%(count)s article"
    )
    assert english.ngettext("%(count)s article", "%(count)s articles", 2) == (
        "%(count)s articles"
    )


def test_languages_name_themselves_and_their_direction() -> None:
    languages = Languages()

    assert languages.codes == ("en", "kk", "ru")
    assert [languages.get(code).name for code in languages.codes] == [
        "English",
        "Қазақ тілі",
        "Русский",
    ]
    assert {languages.get(code).direction for code in languages.codes} == {"ltr"}


def test_a_language_of_a_region_falls_back_to_the_language() -> None:
    assert Languages().get("ru-KZ").gettext("Latest news") == "Лента новостей"


def test_one_more_language_is_one_more_file(tmp_path: Path) -> None:
    (tmp_path / "catalogues").mkdir()
    (tmp_path / "web").mkdir()
    (tmp_path / "catalogues" / "de.po").write_text(GERMAN, encoding="utf-8")
    (tmp_path / "web" / "page.html").write_text(
        '{{ language.code }}: {{ _("Latest news") }}, {{ day|long_date }}',
        encoding="utf-8",
    )
    renderer = Renderer(tmp_path)

    assert renderer.languages.codes == ("de", "en", "kk", "ru")
    assert renderer.page("web/page.html", "de", day=MONDAY) == (
        "de: Nachrichten, Montag, 28 April, 2025"
    )


def test_what_a_catalogue_lacks_or_leaves_open_is_said_in_english(
    tmp_path: Path,
) -> None:
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    german = Languages(tmp_path).get("de")

    assert german.gettext("Unsubscribe") == "Unsubscribe"
    assert german.ngettext("%(count)s article", "%(count)s articles", 2) == (
        "%(count)s articles"
    )


def test_a_newsroom_rewords_a_single_text(tmp_path: Path) -> None:
    (tmp_path / "ru.po").write_text(
        GERMAN.replace("Language: de", "Language: ru"), encoding="utf-8"
    )
    russian = Languages(tmp_path).get("ru")

    assert russian.gettext("Latest news") == "Nachrichten"
    assert russian.gettext("Unsubscribe") == "Отписаться"
    assert russian.ngettext("%(count)s article", "%(count)s articles", 2) == (
        "%(count)s статьи"
    )


def test_a_language_without_a_catalogue_is_refused_with_the_file_to_add() -> None:
    with pytest.raises(TemplateError, match=r"there are en, kk, ru.*add .*/de\.po"):
        Languages().get("de")


def test_a_file_that_is_not_a_catalogue_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text("msgid oops\nnothing", encoding="utf-8")

    with pytest.raises(TemplateError, match=r"de\.po: not a catalogue"):
        Languages(tmp_path).get("de").gettext("Latest news")


def test_a_file_whose_name_is_not_a_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "xx_notes.po").write_text(GERMAN, encoding="utf-8")

    with pytest.raises(TemplateError, match='"xx_notes" is not a language'):
        Languages(tmp_path).get("xx_notes")
