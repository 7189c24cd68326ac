"""The link to one's preferences comes by mail, and the page tells nobody who reads."""

from datetime import timedelta

import pytest

from publisher.store.schema.letters import letter
from publisher.web.clients import LINKS_AN_HOUR
from tests.web.client import BROWSER, Answer
from tests.web.page import Page
from tests.web.site import Site

HOUR = timedelta(hours=1)


@pytest.fixture
def site(empty_site: Site) -> Site:
    """No page of these shows an article."""
    return empty_site


async def asked(site: Site, address: str) -> Answer:
    return await site.client.submit("/preferences", [("address", address)])


def letters(site: Site) -> list[tuple[str, str, object]]:
    return [(row.kind, row.email, row.facts) for row in site.newsroom.rows(letter)]


async def test_a_reader_is_sent_the_link(site: Site) -> None:
    joined = site.join("aigul@reader.example", language="kk")
    page = Page.of(await site.client.get("/preferences", accept=BROWSER))
    assert page.buttons() == ["Прислать ссылку"]

    answer = await asked(site, " Aigul@Reader.example ")

    assert Page.of(answer).heading == "Проверьте почту"
    assert letters(site) == [
        ("preferences", "aigul@reader.example", {"subscriber": joined.subscriber_id})
    ]
    assert site.newsroom.one(letter).language == "kk"


async def test_everybody_hears_the_same(site: Site) -> None:
    site.join("aigul@reader.example")
    left = site.join("left@reader.example")
    site.parts.membership.leave(left.id, origin="test")

    answers = [
        await asked(site, address)
        for address in (
            "aigul@reader.example",
            "aigul@reader.example",
            "left@reader.example",
            "nobody@reader.example",
        )
    ]

    assert len({(a.status, a.headers, a.body) for a in answers}) == 1
    assert "reader.example" not in answers[0].text


async def test_one_letter_an_hour_and_one_a_day_for_who_left(site: Site) -> None:
    site.join("here@reader.example")
    left = site.join("left@reader.example")
    site.parts.membership.leave(left.id, origin="test")

    for minutes in (0, 1, 58, 1, 60):
        site.newsroom.clock.move(timedelta(minutes=minutes))
        await asked(site, "here@reader.example")
        await asked(site, "left@reader.example")

    written = [email for _, email, _ in letters(site)]
    assert written.count("here@reader.example") == 3
    assert written.count("left@reader.example") == 1


@pytest.mark.parametrize("typed", ["", "nobody", "<b>@x", "a" * 400 + "@b.example"])
async def test_what_is_no_address_comes_back(site: Site, typed: str) -> None:
    answer = await asked(site, typed)

    assert answer.status == 422
    assert "На такой адрес письмо не отправить" in answer.text
    assert "<b>" not in answer.text
    assert letters(site) == []


async def test_looking_writes_nothing(site: Site) -> None:
    site.join("aigul@reader.example")

    await site.client.get("/preferences?address=aigul@reader.example")
    await site.client.head("/preferences?address=aigul@reader.example")

    assert letters(site) == []


async def test_another_site_cannot_ask(site: Site) -> None:
    answer = await site.client.submit(
        "/preferences",
        [("address", "aigul@reader.example")],
        **{"sec-fetch-site": "cross-site"},
    )

    assert answer.status == 403


@pytest.mark.parametrize(
    ("path", "field"), [("/preferences", "address"), ("/my-data", "email")]
)
async def test_one_client_cannot_have_letters_sent_to_everybody(
    site: Site, path: str, field: str
) -> None:
    client, clock = site.client, site.newsroom.clock
    for number in range(LINKS_AN_HOUR):
        given = [(field, f"r{number}@reader.example")]
        assert (await client.submit(path, given)).status == 200

    refused = await client.submit(path, [(field, "one.more@reader.example")])
    clock.move(HOUR)
    later = await client.submit(path, [(field, "one.more@reader.example")])

    assert (refused.status, later.status) == (429, 200)
    assert 0 < int(refused["retry-after"]) <= HOUR.total_seconds() + 1
    assert Page.of(refused).heading == "Слишком много запросов"
