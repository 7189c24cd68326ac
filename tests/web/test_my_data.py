"""Your data: asked for by anybody, opened by the reader's own mailbox alone."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.model.operator import Operator
from publisher.model.token import Purpose
from publisher.store.readers import find_suppression, suppress
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import data_request
from tests.builders import MORNING
from tests.store.traces import traces_of
from tests.web.client import Answer
from tests.web.page import Page
from tests.web.site import TOKENS, Site

pytestmark = pytest.mark.anyio

EMAIL = "aigul@reader.example"


async def ask(site: Site, email: str = EMAIL) -> Answer:
    return await site.client.submit("/my-data", [("email", email)])


async def letter_path(site: Site) -> str:
    await ask(site)
    facts = site.newsroom.one(letter).facts
    return f"/export/{TOKENS.sign(Purpose.EXPORT, facts['export'])}"


async def test_a_reader_gets_one_letter_a_day(empty_site: Site) -> None:
    empty_site.join(EMAIL)

    await ask(empty_site)
    await ask(empty_site, " AIGUL@reader.example ")
    empty_site.newsroom.clock.move(timedelta(days=1))
    await ask(empty_site)

    first, second = empty_site.newsroom.rows(letter)
    assert (first.kind, first.email, first.language) == ("export", EMAIL, "ru")
    assert first.facts == {"export": 1, "expires_on": "2026-03-09"}
    assert second.facts["export"] == empty_site.newsroom.rows(data_request)[-1].id
    assert len(empty_site.newsroom.rows(data_request)) == 2


async def test_who_is_no_reader_is_told_the_same(empty_site: Site) -> None:
    empty_site.join(EMAIL)

    known = await ask(empty_site)
    other = await ask(empty_site, "stranger@reader.example")

    assert (known.status, known.body) == (other.status, other.body)
    assert len(empty_site.newsroom.rows(letter)) == 1


@pytest.mark.parametrize("email", ['aigul@reader,"kz" <b>', "no address", ""])
async def test_what_is_no_address_comes_back_as_it_was_typed(
    empty_site: Site, email: str
) -> None:
    answer = await ask(empty_site, email)

    assert answer.status == 422
    (field,) = Page.of(answer).all("input", name="email")
    assert field.get("value") == email
    (beside,) = Page.of(answer).all("p", id=str(field.get("aria-describedby")))
    assert "На такой адрес письмо не отправить" in str(beside.text)
    assert empty_site.newsroom.rows(letter) == []


async def test_the_day_on_which_a_link_ends_is_written_out(empty_site: Site) -> None:
    empty_site.join(EMAIL)

    page = Page.of(await empty_site.client.get(await letter_path(empty_site)))

    assert "До 9 марта эту страницу" in page.text


async def test_how_long_the_link_works_is_said_in_a_sentence(empty_site: Site) -> None:
    page = Page.of(await ask(empty_site))

    assert "Ссылка в нём действует 7 дней." in page.text


async def test_nothing_is_sent_to_who_may_not_be_written_to(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    empty_site.newsroom.store.transact(suppress, EMAIL, "complaint", MORNING)

    assert (await ask(empty_site)).status == 200
    assert empty_site.newsroom.rows(letter) == []
    assert empty_site.newsroom.rows(data_request) == []


async def test_opening_the_link_changes_and_shows_nothing(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    path = await letter_path(empty_site)
    before = empty_site.newsroom.everything()

    opened = await empty_site.client.get(path)
    await empty_site.client.head(path)

    assert opened.status == 200
    assert opened["cache-control"] == "no-store"
    assert EMAIL not in opened.text
    assert empty_site.newsroom.everything() == before


async def test_everything_comes_as_one_document(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    path = await letter_path(empty_site)

    answer = await empty_site.client.submit(path, [("do", "json")])

    document = json.loads(answer.body)
    assert answer["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer["cache-control"] == "no-store"
    assert (document["format"], document["version"]) == ("reader export", 1)
    assert document["reader"][0]["address"] == EMAIL
    assert document["consents"][0]["wording"] == "Согласен."
    assert document["letters"][0]["kind"] == "export"


async def test_everything_comes_as_tables(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    path = await letter_path(empty_site)

    answer = await empty_site.client.submit(path, [("do", "csv")])

    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        text = packed.read("reader.csv").decode("utf-8-sig")
        names = packed.namelist()
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["address"] == EMAIL
    assert names == [
        "reader.csv",
        "subscriptions.csv",
        "consents.csv",
        "letters.csv",
        "requests.csv",
    ]


async def test_erasing_asks_twice_and_is_done_at_once(empty_site: Site) -> None:
    subscription = empty_site.join(EMAIL)
    path = await letter_path(empty_site)
    client, store = empty_site.client, empty_site.newsroom.store

    unsure = await client.submit(path, [("do", "erase")])
    assert empty_site.subscription(subscription.id).is_active
    sure = await client.submit(path, [("do", "erase"), ("sure", "yes")])
    again = await client.get(path)

    assert (unsure.status, sure.status, again.status) == (422, 200, 410)
    assert traces_of(store, EMAIL, "aigul") == []
    assert store.query(find_suppression, EMAIL) == "erased"


async def test_old_mails_of_who_was_erased_harm_nobody(empty_site: Site) -> None:
    subscription = empty_site.join(EMAIL)
    path = await letter_path(empty_site)
    client = empty_site.client
    await client.submit(path, [("do", "erase"), ("sure", "yes")])
    before = empty_site.newsroom.everything()

    one_click = await client.post(
        empty_site.leave_path(subscription), b"List-Unsubscribe=One-Click"
    )
    page = await client.get(empty_site.leave_path(subscription))
    preferences = await client.get(empty_site.preferences_path(subscription))

    assert (one_click.status, page.status, preferences.status) == (200, 200, 404)
    assert empty_site.newsroom.everything() == before


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.EXPORT])
async def test_no_other_link_opens_it(empty_site: Site, purpose: Purpose) -> None:
    empty_site.join(EMAIL)
    await letter_path(empty_site)

    answer = await empty_site.client.get(f"/export/{TOKENS.sign(purpose, 1)}")

    assert answer.status == 404


async def test_it_opens_nothing_else(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    token = (await letter_path(empty_site)).removeprefix("/export/")

    for place in ("u", "e", "preferences"):
        assert (await empty_site.client.get(f"/{place}/{token}")).status == 404


async def test_the_link_works_for_a_week(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    path = await letter_path(empty_site)
    client, clock = empty_site.client, empty_site.newsroom.clock

    clock.move(timedelta(days=7, seconds=-1))
    in_time = await client.get(path)
    clock.move(timedelta(seconds=1))
    late = [await client.get(path), await client.submit(path, [("do", "json")])]

    assert in_time.status == 200
    assert [answer.status for answer in late] == [410, 410]
    assert EMAIL not in late[1].text


async def test_another_site_cannot_press_the_buttons(empty_site: Site) -> None:
    empty_site.join(EMAIL)
    path = await letter_path(empty_site)
    fields = [("do", "erase"), ("sure", "yes")]

    answer = await empty_site.client.submit(
        path, fields, **{"sec-fetch-site": "cross-site"}
    )

    assert answer.status == 403
    assert empty_site.newsroom.store.query(find_suppression, EMAIL) is None


async def test_the_page_names_who_answers_for_the_data(empty_site: Site) -> None:
    operator = Operator(
        legal_names={"ru": "ТОО «Степь»", "kk": "«Дала» ЖШС"},
        bin="123456789012",
        contact="data@gazeta.example",
    )
    parts = replace(empty_site.parts, operator=operator)
    site = Site(empty_site.newsroom, parts, empty_site.builder)

    named = await site.client.get("/my-data?language=kk")
    nobody = await empty_site.client.get("/my-data?language=kk")

    assert "«Дала» ЖШС, БСН 123456789012" in named.text
    assert "БСН" not in nobody.text
