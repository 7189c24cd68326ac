"""One button subscribes; who opens links, runs scripts or repeats changes nothing."""

import random
from datetime import timedelta
from itertools import islice

import pytest
from sqlalchemy import select

from publisher.clock import SteppedClock
from publisher.model.token import Purpose
from publisher.store import Store, Transaction
from publisher.store.readers import list_consent, subscriptions_at, suppress
from publisher.store.schema import metadata
from publisher.store.schema.joinings import joining, joining_count
from publisher.store.schema.letters import letter
from tests.builders import MORNING
from tests.web.client import BROWSER, Answer
from tests.web.page import Page
from tests.web.site import TOKENS, Site
from tests.web.test_subscribe import ANNA, ask, form

YES = "Да, присылайте"
WEEK = timedelta(days=7)


@pytest.fixture
def site(sqlite_store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper that has published nothing."""
    return Site.open(sqlite_store, clock)


async def press(site: Site, number: int = 1) -> Answer:
    """Press the button of the page, as a browser does."""
    return await site.client.submit(site.confirm_path(number), [])


def digests(site: Site, email: str = ANNA) -> list[str]:
    found = site.newsroom.store.query(subscriptions_at, email)
    return [one.digest_key for one in found if one.is_active]


def state(site: Site) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""

    def work(tx: Transaction) -> dict[str, list[tuple[object, ...]]]:
        return {
            table.name: [tuple(row) for row in tx.execute(select(table))]
            for table in metadata.sorted_tables
        }

    return site.newsroom.store.query(work)


async def test_the_page_has_one_button_and_says_what_it_will_do(site: Site) -> None:
    await ask(site, hour="08:00")

    page = Page.of(await site.client.get(site.confirm_path(1), accept=BROWSER))

    assert page.buttons() == [YES]
    assert "Утренний выпуск" in page.text
    assert "Каждый день, 08:00 (Asia/Almaty)" in page.text
    assert ANNA not in page.text
    assert digests(site) == []


async def test_the_button_subscribes_and_tells_what_comes_when(site: Site) -> None:
    fields = [*(await form(site)), ("rubric[]", "sport"), ("digest[]", "srazu")]
    await site.client.submit("/subscribe", fields)

    answer = await press(site)

    page = Page.of(answer)
    assert answer.status == 200
    assert page.heading == "Готово: вы подписаны"
    assert "Первый выпуск: вторник, 3 марта" in page.text
    assert digests(site) == ["utro", "srazu"]
    link = page.links()["Изменить рубрики, дни или час"]
    assert "Утренний выпуск" in Page.of(await site.client.get(link)).text


async def test_a_welcome_is_posted_with_the_subscription(site: Site) -> None:
    await ask(site)

    await press(site)

    _, welcome = site.newsroom.rows(letter)
    assert (welcome.once, welcome.kind, welcome.email) == (
        "welcome-1",
        "welcome",
        ANNA,
    )
    assert welcome.subscriber_id == welcome.facts["subscriber"]
    assert welcome.facts["digests"] == [
        {
            "title": "Утренний выпуск",
            "rhythm": "Каждый день, 07:00 (Asia/Almaty)",
            "first_on": "2026-03-03",
        }
    ]


async def test_the_consent_is_recorded_as_asked_and_as_given(site: Site) -> None:
    await ask(site, page="https://gazeta.example/sport")
    site.newsroom.clock.move(timedelta(hours=1))

    await site.client.submit(site.confirm_path(1), [], user_agent="w3m")

    (owner,) = site.newsroom.store.query(subscriptions_at, ANNA)
    asked, given = site.newsroom.store.query(list_consent, owner.subscriber_id)
    assert [(one.event, one.agent, one.letter) for one in (asked, given)] == [
        ("asked", "", ""),
        ("given", "w3m", "confirm-1"),
    ]
    assert given.at - asked.at == timedelta(hours=1)
    for one in (asked, given):
        assert one.wording == "Согласен получать рассылку."
        assert (one.version, one.language, one.ip) == ("2026-03", "ru", "192.0.2.7")
        assert one.source == "https://gazeta.example/sport"
        assert one.choices is not None
        assert one.choices["hour"] == "07:00"


async def test_pressing_again_changes_nothing_and_is_answered_the_same(
    site: Site,
) -> None:
    await ask(site)
    first = await press(site)
    before = state(site)

    again = await press(site)

    assert (again.status, again.body) == (first.status, first.body)
    assert state(site) == before


async def test_who_left_is_not_brought_back_by_an_old_button(site: Site) -> None:
    await ask(site)
    await press(site)
    (subscription,) = site.newsroom.store.query(subscriptions_at, ANNA)
    site.parts.membership.leave(subscription.id, origin="test")

    await press(site)

    assert digests(site) == []


async def test_a_confirmed_link_opens_nothing_of_the_reader_by_being_opened(
    site: Site,
) -> None:
    await ask(site)
    await press(site)

    page = Page.of(await site.client.get(site.confirm_path(1)))

    assert page.heading == "Подписка уже подтверждена"
    assert not [href for href in page.links().values() if "preferences" in href]
    site.newsroom.clock.move(WEEK)
    late = Page.of(await press(site))
    assert not [href for href in late.links().values() if "preferences" in href]


async def test_after_seven_days_the_page_offers_to_ask_again(site: Site) -> None:
    fields = [*(await form(site)), ("rubric[]", "politika")]
    await site.client.submit("/subscribe", fields)
    site.newsroom.clock.move(WEEK)

    page = Page.of(await press(site))

    assert digests(site) == []
    again = page.links()["Запросить ещё раз"]
    assert again == "/subscribe?language=ru&digest=utro&rubric=politika"
    ticked = [
        str(box.get("value"))
        for box in Page.of(await site.client.get(again)).root.iter("input")
        if "checked" in box.attrib
    ]
    assert ticked == ["utro", "politika", "vektor"]


async def test_requests_are_forgotten_after_thirty_days_and_counts_are_not(
    site: Site,
) -> None:
    joinings = site.parts.joinings
    assert joinings is not None
    await ask(site)
    site.newsroom.clock.move(timedelta(days=29))
    assert joinings.forget() == 0
    site.newsroom.clock.move(timedelta(days=2))

    assert joinings.forget() == 1

    assert site.newsroom.rows(joining) == []
    (kept,) = site.newsroom.rows(joining_count)
    assert kept.key.startswith("address:")
    assert "anna" not in kept.key
    page = Page.of(await press(site))
    assert page.heading == "Эта ссылка больше не хранится"


async def test_who_complained_meanwhile_is_not_subscribed(site: Site) -> None:
    await ask(site)
    site.newsroom.store.transact(suppress, ANNA, "complained", MORNING)

    page = Page.of(await press(site))

    assert page.heading == "Мы не можем писать на этот адрес"
    assert digests(site) == []


async def test_who_was_erased_is_written_to_again_only_after_the_button(
    site: Site,
) -> None:
    site.newsroom.store.transact(suppress, ANNA, "erased", MORNING)
    await ask(site)
    assert len(state(site)["suppression"]) == 1

    await press(site)

    assert state(site)["suppression"] == []
    assert digests(site) == ["utro"]


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.CONFIRM])
async def test_no_other_token_confirms(site: Site, purpose: Purpose) -> None:
    await ask(site)

    answer = await site.client.submit(f"/confirm/{TOKENS.sign(purpose, 1)}", [])

    assert answer.status == 404
    assert digests(site) == []


async def test_another_site_cannot_have_the_button_pressed(site: Site) -> None:
    await ask(site)

    answer = await site.client.submit(
        site.confirm_path(1), [], **{"sec-fetch-site": "cross-site"}
    )

    assert answer.status == 403
    assert digests(site) == []


@pytest.mark.parametrize("scans", [40, pytest.param(1000, marks=pytest.mark.slow)])
async def test_scans_confirm_nothing_and_unsubscribe_nobody(
    site: Site, scans: int
) -> None:
    joined = site.join("bolat@reader.example")
    await ask(site)
    before = state(site)
    client, chance = site.client, random.Random(6)
    paths = [
        site.confirm_path(1),
        site.leave_path(joined),
        site.preferences_path(joined),
        "/subscribe",
    ]

    # A scanner that renders pages asks for all they link to, scripts and styles too.
    for path in islice(paths, 4):
        page = Page.of(await client.get(path, accept=BROWSER))
        found = [
            element.get("href") or element.get("src") for element in page.root.iter()
        ]
        paths += [one for one in found if one and one.startswith("/")]
    paths = list(dict.fromkeys(paths))
    for _ in range(scans):
        path = chance.choice(paths)
        method = chance.choice(["GET", "GET", "HEAD", "OPTIONS", "PUT", "PROPFIND"])
        headers = {
            "user-agent": chance.choice(["Barracuda", "Mozilla/5.0", "", "Slackbot"]),
            "accept": chance.choice([BROWSER, "*/*"]),
        }
        if chance.random() < 0.5:
            headers |= {"sec-purpose": "prefetch", "purpose": "prefetch"}
        if chance.random() < 0.5:
            headers |= {"range": "bytes=0-99", "x-http-method-override": "POST"}
        separator = "&" if "?" in path else "?"
        answer = await client.ask(
            method, f"{path}{separator}List-Unsubscribe=One-Click", headers
        )
        assert answer.status < 500
        assert "set-cookie" not in answer

    assert state(site) == before
