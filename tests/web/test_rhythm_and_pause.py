"""How often a digest comes, and not for a while: on the page of preferences."""

from datetime import timedelta

import pytest

from publisher.model.timetable import Frequency
from publisher.store.readers import list_consent
from tests.builders import an_article
from tests.store.mailroom import Mailroom
from tests.web.client import BROWSER, Answer
from tests.web.page import Field, Page
from tests.web.site import Site

SAVE = "Сохранить"
PAUSE = "Поставить на паузу"


async def shown(site: Site, path: str) -> Page:
    return Page.of(await site.client.get(path, accept=BROWSER))


def typed(page: Page, *fields: Field) -> list[Field]:
    """Return the form with some fields typed anew."""
    names = {name for name, _ in fields}
    kept = [field for field in page.fields(SAVE) if field[0] not in names]
    return [*kept, *fields]


async def said(site: Site, answer: Answer) -> str:
    assert answer.status == 303
    page = await shown(site, answer["location"].partition("#")[0])
    return " ".join(str(p.text) for p in page.all("p", role="status"))


@pytest.mark.parametrize(
    ("fields", "frequency", "weekdays", "month_day"),
    [
        ([("frequency", "weekly"), ("day", "fri")], "weekly", (4,), 1),
        (
            [("frequency", "weekdays"), ("days[]", "mon"), ("days[]", "sun")],
            "weekdays",
            (0, 6),
            1,
        ),
        ([("frequency", "monthly"), ("month_day", "31")], "monthly", (), 31),
        ([("frequency", "daily"), ("day", "x"), ("month_day", "99")], "daily", (), 1),
    ],
)
async def test_a_reader_chooses_how_often_and_on_which_days(
    site: Site,
    fields: list[Field],
    frequency: str,
    weekdays: tuple[int, ...],
    month_day: int,
) -> None:
    joined = site.join(hour="06:30", rubrics=("novosti",))
    path = site.preferences_path(joined)
    page = await shown(site, path)

    answer = await site.client.submit(path, typed(page, *fields))

    assert await said(site, answer) == "Сохранено."
    choice = site.subscription(joined.id).choice
    assert choice.timetable.frequency is Frequency(frequency)
    assert choice.timetable.weekdays == weekdays
    assert choice.timetable.month_day == month_day
    assert f"{choice.timetable.at:%H:%M}" == "06:30"
    assert choice.selection == joined.choice.selection
    again = await shown(site, path)
    answer = await site.client.submit(path, again.fields(SAVE))
    assert site.subscription(joined.id).choice == choice


async def test_a_reader_makes_a_digest_compact_and_full_again(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)

    await site.client.submit(path, typed(page, ("compact", "yes")))
    compact = site.subscription(joined.id).choice
    again = await shown(site, path)
    await site.client.submit(path, again.fields(SAVE))
    untouched = site.subscription(joined.id).choice
    await site.client.submit(
        path, [field for field in again.fields(SAVE) if field[0] != "compact"]
    )

    assert compact.is_compact
    assert untouched == compact
    assert site.subscription(joined.id).choice == joined.choice


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ([("frequency", "instant")], "frequency"),
        ([("frequency", "hourly")], "frequency"),
        ([("frequency", "weekly"), ("day", "someday")], "day"),
        ([("frequency", "monthly"), ("month_day", "32")], "month_day"),
        ([("frequency", "monthly"), ("month_day", "١")], "month_day"),
        ([("frequency", "weekdays"), ("days[]", "x")], "days"),
    ],
)
async def test_what_is_not_offered_is_refused_beside_its_field(
    site: Site, fields: list[Field], field: str
) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)

    answer = await site.client.submit(path, typed(page, *fields))

    assert answer.status == 422
    assert Page.of(answer).all("p", id=f"{field}-fault-{joined.id}")
    assert site.subscription(joined.id) == joined


async def test_a_pause_until_a_day_and_its_end(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)
    pause = [
        (name, "2026-03-20" if name == "until" else value)
        for name, value in page.fields(PAUSE)
    ]

    answer = await site.client.submit(path, pause)

    assert "Пауза началась" in await said(site, answer)
    assert site.subscription(joined.id).paused_until is not None
    page = await shown(site, path)
    moments = [str(t.text) for t in page.all("time")]
    assert moments[0] == "пятница, 20 марта"
    assert moments[1].startswith("пятница, 20 марта")
    answer = await site.client.submit(path, page.fields("Закончить паузу сейчас"))
    assert await said(site, answer) == "Пауза закончена."
    assert site.subscription(joined.id).paused_until is None


@pytest.mark.parametrize("until", ["", "2026-03-02", "2020-01-01", "2036-01-01", "x"])
async def test_a_day_that_is_no_end_of_a_pause_is_refused(
    site: Site, until: str
) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    fields = [("subscription", str(joined.id)), ("do", "pause"), ("until", until)]

    answer = await site.client.submit(path, fields)

    assert answer.status == 422
    assert "не позже чем через год" in answer.text
    assert site.subscription(joined.id) == joined


async def test_less_often_stands_before_leaving(site: Site) -> None:
    joined = site.join()
    path = site.preferences_path(joined)
    page = await shown(site, path)
    buttons = page.buttons()
    less = "Лучше несколько раз в неделю"
    assert buttons.index(less) < buttons.index(
        "Отписаться от рассылки «Утренний выпуск»"
    )

    answer = await site.client.submit(path, page.fields(less))

    assert await said(site, answer) == "Рассылка будет приходить реже."
    consents = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert (consents[-1].event, consents[-1].origin) == ("changed", "preferences page")


async def test_what_the_next_digest_holds_is_what_the_planner_would_take(
    site: Site,
) -> None:
    joined = site.join(rubrics=("politika",))
    path = site.preferences_path(joined)

    page = await shown(site, path)

    (block,) = page.all("details", **{"class": "next"})
    titles = [str(a.text) for a in block.iter("a")]
    assert titles == ["Маслихат обсудил бюджет"]


async def test_nothing_new_is_told_and_looking_changes_nothing(site: Site) -> None:
    joined = site.join(rubrics=("sport",))
    before = site.newsroom.everything()

    page = await shown(site, site.preferences_path(joined))

    assert "Пока ничего нового" in page.text
    assert site.newsroom.everything() == before


async def test_what_is_under_way_or_was_had_does_not_come_again(site: Site) -> None:
    joined = site.join(rubrics=("politika",))
    mailroom = Mailroom(site.newsroom)
    mailroom.plan(2)

    page = await shown(site, site.preferences_path(joined))

    assert "Пока ничего нового" in page.text


async def test_the_list_is_short_however_much_there_is(site: Site) -> None:
    for number in range(12):
        site.newsroom.take(
            an_article(
                f"n{number}",
                title=f"Статья {number}",
                rubrics=("politika",),
                published_at=site.newsroom.clock.now() - timedelta(minutes=number),
            ),
            path=f"{number}.md",
        )
    joined = site.join(rubrics=("politika",))

    page = await shown(site, site.preferences_path(joined))

    (block,) = page.all("details", **{"class": "next"})
    assert len(list(block.iter("a"))) == 5
    assert "и ещё 8 статей" in page.text


async def test_past_editions_are_those_this_reader_got(site: Site) -> None:
    joined = site.join()
    other = site.join("bolat@reader.example", digest="sport", hour="23:00")
    mailroom = Mailroom(site.newsroom)
    mailroom.plan(1)
    assert mailroom.send_all(mailroom.must_lease()) == 1

    page = await shown(site, site.preferences_path(joined))
    stranger = await shown(site, site.preferences_path(other))

    (block,) = page.all("details", **{"class": "past"})
    (link,) = [str(a.get("href")) for a in block.iter("a")]
    assert (await site.client.get(link)).status == 200
    assert not stranger.all("details", **{"class": "past"})
