"""A reader moves to another address when both mailboxes agree, and nobody else can."""

from datetime import timedelta
from typing import Any

import pytest

from publisher.model.token import Purpose
from publisher.store.readers import Subscription, list_consent
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import subscriber
from publisher.store.schema.requests import address_change
from tests.web.client import BROWSER, Answer
from tests.web.page import Page
from tests.web.site import TOKENS, Site

OLD = "aigul.serikova@reader.example"
NEW = "serikova@another.example"
DAY = timedelta(days=1)


@pytest.fixture
def site(empty_site: Site) -> Site:
    """No page of these shows an article."""
    return empty_site


async def asked(site: Site, joined: Subscription, new: str = NEW) -> Answer:
    path = site.preferences_path(joined)
    page = Page.of(await site.client.get(path, accept=BROWSER))
    fields = [
        (name, new if name == "address" else value)
        for name, value in page.fields("Сменить адрес")
    ]
    return await site.client.submit(path, fields)


def letters(site: Site) -> dict[str, Any]:
    return {row.email: row.facts for row in site.newsroom.rows(letter)}


def link(site: Site, email: str) -> str:
    number = letters(site)[email]["change"]
    return f"/address/{TOKENS.sign(Purpose.ADDRESS, number)}"


def emails(site: Site) -> list[str]:
    return [row.email for row in site.newsroom.rows(subscriber)]


async def test_both_mailboxes_are_written_to_and_nothing_changes_yet(
    site: Site,
) -> None:
    joined = site.join(OLD)

    answer = await asked(site, joined, f" {NEW} ")

    assert answer.status == 303
    page = await site.client.get(answer["location"].partition("#")[0])
    assert "Мы написали на новый адрес" in page.text
    assert emails(site) == [OLD]
    told = letters(site)
    assert set(told) == {OLD, NEW}
    assert {str(facts["old"]) for facts in told.values()} == {"a…@r…"}
    assert {str(facts["new"]) for facts in told.values()} == {NEW}


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
async def test_with_both_the_digests_move(site: Site, order: tuple[str, str]) -> None:
    joined = site.join(OLD)
    await asked(site, joined)

    first = await site.client.submit(link(site, order[0]), [])
    assert Page.of(first).heading == "Один ящик согласился"
    assert emails(site) == [OLD]
    last = await site.client.submit(link(site, order[1]), [])

    assert Page.of(last).heading == "Теперь рассылки приходят на s…@a…"
    moved = site.subscription(joined.id)
    assert (moved.email, moved.choice) == (NEW, joined.choice)
    said = site.newsroom.store.query(list_consent, joined.subscriber_id)[-1]
    assert (said.event, said.origin) == ("changed", "address page")
    assert said.wording == "address: a…@r… to s…@a…, confirmed by both"
    again = await site.client.submit(link(site, order[0]), [])
    assert Page.of(again).heading == "Теперь рассылки приходят на s…@a…"
    # Links in older digests go on working.
    assert (await site.client.get(site.preferences_path(joined))).status == 200


async def test_who_holds_a_forwarded_digest_does_not_take_the_digests_away(
    site: Site,
) -> None:
    joined = site.join(OLD)
    await asked(site, joined, "stranger@else.example")

    for _ in range(3):
        await site.client.submit(link(site, "stranger@else.example"), [])

    assert emails(site) == [OLD]


async def test_the_page_shows_one_button_and_no_address(site: Site) -> None:
    joined = site.join(OLD)
    await asked(site, joined)
    before = site.newsroom.everything()

    for email in (OLD, NEW):
        answer = await site.client.get(link(site, email), accept=BROWSER)
        page = Page.of(answer)
        assert page.buttons() == ["Да, сменить адрес"]
        assert "serikova" not in answer.text
        assert answer["cache-control"] == "no-store"

    assert site.newsroom.everything() == before


async def test_another_change_within_a_day_is_refused(site: Site) -> None:
    joined = site.join(OLD)
    await asked(site, joined)

    answer = await asked(site, joined, "third@another.example")
    assert answer.status == 429
    assert set(letters(site)) == {OLD, NEW}
    first = link(site, NEW)
    site.newsroom.clock.move(DAY)
    again = await asked(site, joined, "third@another.example")

    assert again.status == 303
    # What was asked for before is over.
    assert (await site.client.get(first)).status == 410


async def test_after_seven_days_it_is_over_and_is_forgotten_later(site: Site) -> None:
    joined = site.join(OLD)
    await asked(site, joined)
    await site.client.submit(link(site, NEW), [])
    site.newsroom.clock.move(7 * DAY)

    answer = await site.client.submit(link(site, OLD), [])

    assert answer.status == 410
    assert emails(site) == [OLD]
    site.newsroom.clock.move(31 * DAY)
    await asked(site, joined, "third@another.example")
    kept = [row.email for row in site.newsroom.rows(address_change)]
    assert kept == ["third@another.example"]


async def test_an_address_with_digests_of_its_own_is_not_taken_over(site: Site) -> None:
    joined = site.join(OLD)
    site.join(NEW)
    assert (await asked(site, joined)).status == 303

    await site.client.submit(link(site, NEW), [])
    answer = await site.client.submit(link(site, OLD), [])

    assert answer.status == 409
    assert Page.of(answer).heading == "На этот адрес уже есть подписка"
    assert sorted(emails(site)) == sorted([OLD, NEW])


async def test_the_page_does_not_tell_whether_an_address_was_guessed(
    site: Site,
) -> None:
    joined = site.join(OLD)

    right = await asked(site, joined, OLD.upper())

    assert right.status == 303
    assert letters(site) == {}
    assert (await asked(site, joined, OLD)).status == 429


@pytest.mark.parametrize("typed", ["", "nobody", "a@b", "a@b.example\r\nBcc: x@y.kz"])
async def test_what_is_no_address_is_refused(site: Site, typed: str) -> None:
    joined = site.join(OLD)
    path = site.preferences_path(joined)

    answer = await site.client.submit(path, [("do", "address"), ("address", typed)])

    assert answer.status == 422
    assert "На такой адрес письмо не отправить" in answer.text
    assert letters(site) == {}


async def test_an_address_that_was_refused_stands_in_its_field(site: Site) -> None:
    path = site.preferences_path(site.join(OLD))

    answer = await site.client.submit(
        path, [("do", "address"), ("address", 'aigul@reader,"kz" <b>')]
    )

    (field,) = Page.of(answer).all("input", name="address")
    assert field.get("value") == 'aigul@reader,"kz" <b>'
    assert "<b>" not in answer.text


@pytest.mark.parametrize("number", [2, 3, 4711, 2**48 - 1])
async def test_a_change_that_never_was_is_over(site: Site, number: int) -> None:
    path = f"/address/{TOKENS.sign(Purpose.ADDRESS, number)}"

    assert (await site.client.get(path)).status == 410
    assert (await site.client.submit(path, [])).status == 410


async def test_no_other_link_agrees(site: Site) -> None:
    joined = site.join(OLD)
    await asked(site, joined)
    number = letters(site)[OLD]["change"]

    for purpose in Purpose:
        if purpose is not Purpose.ADDRESS:
            path = f"/address/{TOKENS.sign(purpose, number)}"
            assert (await site.client.submit(path, [])).status == 404
