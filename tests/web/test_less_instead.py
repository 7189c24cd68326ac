"""Before leaving a reader is offered less, and leaving everything is one press too."""

from dataclasses import replace

import pytest

from publisher.model.timetable import Frequency
from publisher.model.token import Purpose
from publisher.store.due import due_deliveries
from publisher.store.ledger import Answer, Asked
from publisher.store.readers import list_consent
from publisher.store.schema.letters import letter
from tests.store.mailroom import Mailroom
from tests.web.client import BROWSER
from tests.web.page import Page
from tests.web.site import TOKENS, Site

ALL = "Отписаться от всех наших рассылок"
PAUSE = "Пауза на 30 дней"


@pytest.fixture
def site(empty_site: Site) -> Site:
    """No page of these shows an article."""
    return empty_site


async def shown(site: Site, path: str) -> Page:
    return Page.of(await site.client.get(path, accept=BROWSER))


async def test_less_and_a_pause_are_offered_before_leaving(site: Site) -> None:
    page = await shown(site, site.leave_path(site.join()))

    assert page.buttons() == [
        "Лучше несколько раз в неделю",
        PAUSE,
        "Отписаться",
        ALL,
    ]


async def test_less_often_keeps_everything_else(site: Site) -> None:
    joined = site.join(rubrics=("novosti",), hour="06:30", zone="Asia/Aqtau")
    path = site.leave_path(joined)

    for button, frequency in (
        ("Лучше несколько раз в неделю", Frequency.WEEKDAYS),
        ("Лучше раз в неделю", Frequency.WEEKLY),
        ("Лучше раз в месяц", Frequency.MONTHLY),
    ):
        page = await shown(site, path)
        answer = await site.client.submit(path, page.fields(button))

        assert "будет приходить реже" in Page.of(answer).heading
        timetable = site.subscription(joined.id).choice.timetable
        assert timetable.frequency is frequency
        assert f"{timetable.at:%H:%M} {timetable.zone}" == "06:30 Asia/Aqtau"
    assert site.subscription(joined.id).choice.selection == joined.choice.selection
    assert "Лучше" not in (await shown(site, path)).text


async def test_less_often_pressed_twice_is_pressed_once(site: Site) -> None:
    joined = site.join()
    path = site.leave_path(joined)
    fields = [("frequency", "weekly"), ("do", "less")]

    for _ in range(3):
        await site.client.submit(path, fields)

    assert site.subscription(joined.id).choice.timetable.frequency is Frequency.WEEKLY
    said = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert [one.event for one in said] == ["given", "changed"]
    assert said[-1].wording == "utro: weekly instead of daily"
    assert said[-1].origin == "leave page"


@pytest.mark.parametrize("frequency", ["instant", "hourly", "", "None"])
async def test_nothing_but_less_can_be_asked_for(site: Site, frequency: str) -> None:
    joined = site.join()
    fields = [("frequency", frequency), ("do", "less")]

    answer = await site.client.submit(site.leave_path(joined), fields)

    assert answer.status == 200
    assert site.subscription(joined.id) == joined


async def test_a_pause_of_thirty_days(site: Site) -> None:
    joined = site.join()
    path = site.leave_path(joined)
    page = await shown(site, path)

    await site.client.submit(path, page.fields(PAUSE))
    answer = await site.client.submit(path, page.fields(PAUSE))

    assert Page.of(answer).heading == "«Утренний выпуск» на паузе"
    assert "среда, 1 апреля<" in answer.text
    paused = site.subscription(joined.id)
    assert paused.is_active
    assert paused.paused_until is not None
    assert paused.paused_until.isoformat() == "2026-03-31T19:00:00+00:00"


async def test_who_has_left_can_neither_pause_nor_have_less(site: Site) -> None:
    joined = site.join()
    path = site.leave_path(joined)
    await site.client.post(path)

    for do in ("pause", "less"):
        answer = await site.client.submit(path, [("do", do), ("frequency", "weekly")])
        assert Page.of(answer).heading == "Вы не подписаны"

    assert not site.subscription(joined.id).is_active


async def test_all_digests_are_left_by_one_button(site: Site) -> None:
    one, two = site.join(), site.join(digest="sport")
    other = site.join("bolat@reader.example")
    page = await shown(site, site.leave_path(one))
    (form,) = [f for f in page.root.iter("form") if f.get("action")]

    answer = await site.client.submit(str(form.get("action")), [])

    assert Page.of(answer).heading == "Вы отписались от всех наших рассылок"
    assert not site.subscription(one.id).is_active
    assert not site.subscription(two.id).is_active
    assert site.subscription(other.id).is_active


async def test_the_link_to_leave_all_asks_first_and_works_like_the_other(
    site: Site,
) -> None:
    joined = site.join()
    path = f"/u/{TOKENS.sign(Purpose.LEAVE_ALL, joined.subscriber_id)}"
    before = site.newsroom.everything()

    assert (await shown(site, path)).heading == f"{ALL}?"
    assert site.newsroom.everything() == before
    answers = [await site.client.post(path, b"List-Unsubscribe=One-Click")] * 2
    assert [(a.status, a.body) for a in answers] == [(200, b"OK\n")] * 2
    assert not site.subscription(joined.id).is_active


async def test_leaving_all_is_said_in_the_readers_language(site: Site) -> None:
    joined = site.join(language="kk")
    path = f"/u/{TOKENS.sign(Purpose.LEAVE_ALL, joined.subscriber_id)}"
    page = await shown(site, site.leave_path(joined))
    (form,) = [f for f in page.root.iter("form") if f.get("action")]

    asked = await shown(site, path)
    left = await site.client.submit(str(form.get("action")), [])

    assert (page.language, asked.language) == ("kk", "kk")
    assert Page.of(left).language == "kk"


async def test_leaving_all_stays_in_the_language_that_was_chosen(site: Site) -> None:
    path = site.leave_path(site.join()) + "?language=kk"
    page = await shown(site, path)
    (form,) = [f for f in page.root.iter("form") if f.get("action")]

    left = await site.client.submit(str(form.get("action")), [])

    assert (page.language, Page.of(left).language) == ("kk", "kk")


async def test_leaving_all_does_not_tell_who_has_more(site: Site) -> None:
    one = site.join("aigul@reader.example")
    many = site.join("bolat@reader.example")
    site.join("bolat@reader.example", digest="sport")

    pages = [await shown(site, site.leave_path(joined)) for joined in (one, many)]

    assert pages[0].text == pages[1].text


async def test_a_message_that_was_leased_is_not_begun_after_leaving(site: Site) -> None:
    """Law 9: what a worker holds in its hands stops as well."""
    store, clock = site.newsroom.store, site.newsroom.clock
    joined = site.join()
    mailroom = Mailroom(site.newsroom)
    article = site.newsroom.take()
    mailroom.plan(article)
    lease = mailroom.must_lease()
    (due,) = mailroom.due(lease)

    answer = await site.client.post(site.leave_path(joined))

    assert answer.status == 200
    begun = mailroom.ask(Asked(due.id, due.segment_id, due.attempts, lease))
    assert begun == [Answer.GONE]
    assert store.query(due_deliveries, lease, clock.now()) == []


def letters(site: Site) -> list[tuple[str, str, object]]:
    return [(row.kind, row.email, row.facts) for row in site.newsroom.rows(letter)]


async def test_a_goodbye_is_written_only_where_it_is_switched_on(site: Site) -> None:
    silent, told = site.join("a@reader.example"), site.join("b@reader.example")
    one_click = site.join("c@reader.example")
    chatty = Site(
        site.newsroom, replace(site.parts, has_goodbye=True), site.builder
    ).client

    await site.client.submit(site.leave_path(silent), [])
    assert letters(site) == []
    await chatty.post(site.leave_path(one_click), b"List-Unsubscribe=One-Click")
    assert letters(site) == []
    await chatty.submit(site.leave_path(told), [])
    await chatty.submit(site.leave_path(told), [])

    assert letters(site) == [
        (
            "goodbye",
            "b@reader.example",
            {"title": "Утренний выпуск", "subscription": told.id},
        )
    ]
