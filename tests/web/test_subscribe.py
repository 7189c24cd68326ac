"""Anybody asks to join by a form, and learns nothing about anybody else by it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.audience.joining import Limits
from publisher.clock import SteppedClock
from publisher.store import Store
from publisher.store.readers import suppress
from publisher.store.schema.joinings import joining
from publisher.store.schema.letters import letter
from publisher.store.schema.readers import consent, subscriber
from tests.builders import MORNING
from tests.web.client import BROWSER, Answer, Client
from tests.web.page import Field, Page
from tests.web.site import CONSENT, Site, statements

ASK = "Получать по почте"
ANNA = "anna@reader.example"
SECOND = timedelta(seconds=1)
HOSTILE = (
    "anna@reader.example\r\nBcc: all@reader.example",
    '"><script>alert(1)</script>@reader.example',
    "a@b\x00.example",
    "x" * 400 + "@reader.example",
    "anna@reader.example, bolat@reader.example",
    "\u202eanna@reader.example\n",
    "",
)


@pytest.fixture
def site(sqlite_store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper that has published nothing: the form does not mind."""
    return Site.open(sqlite_store, clock)


def changed(fields: Sequence[Field], **changes: str | None) -> list[Field]:
    """Return the fields with others' values in place; without those that are None."""
    kept = [(name, value) for name, value in fields if name not in changes]
    return [*kept, *((n, v) for n, v in changes.items() if v is not None)]


async def form(site: Site, path: str = "/subscribe", wait: int = 10) -> list[Field]:
    """Return what a browser sends for the form after some seconds, all agreed to."""
    page = Page.of(await site.client.get(path, accept=BROWSER))
    site.newsroom.clock.move(timedelta(seconds=wait))
    return changed(page.fields(ASK), email=ANNA, consent="yes")


async def ask(site: Site, email: str | None = ANNA, **changes: str | None) -> Answer:
    fields = changed(await form(site), **{"email": email, **changes})
    return await site.client.submit("/subscribe", fields)


def letters(site: Site) -> list[tuple[str, str]]:
    return [(row.kind, row.email) for row in site.newsroom.rows(letter)]


async def test_who_asks_gets_one_letter_with_what_was_asked_for(site: Site) -> None:
    fields = changed(await form(site), hour="08:00", zone="asia/aqtau", language="kk")

    answer = await site.client.submit(
        "/subscribe", [*fields, ("rubric[]", "politika"), ("rubric[]", "sport")]
    )

    assert answer.status == 200
    (posted,) = site.newsroom.rows(letter)
    assert (posted.kind, posted.email, posted.state) == ("confirm", ANNA, "waiting")
    assert posted.once == "confirm-1"
    assert posted.facts == {
        "joining": 1,
        "digests": [
            {
                "title": "Утренний выпуск",
                "rubrics": ["Политика", "Спорт"],
                "rhythm": "Каждый день, 08:00 (Asia/Aqtau)",
            }
        ],
        "expires_on": "2026-03-09",
    }


async def test_a_compact_digest_may_be_asked_for(site: Site) -> None:
    await ask(site, compact="yes")

    (kept,) = site.newsroom.rows(joining)
    assert [wish["is_compact"] for wish in kept.wishes] == [True]


async def test_nothing_of_a_reader_is_made_before_the_button(site: Site) -> None:
    await ask(site)

    assert site.newsroom.rows(subscriber) == []
    assert site.newsroom.rows(consent) == []


async def test_the_request_keeps_what_was_agreed_to_and_by_whom(site: Site) -> None:
    fields = changed(await form(site), page="https://gazeta.example/ru/most?id=7")

    await site.client.submit("/subscribe", fields, user_agent="Firefox")

    (kept,) = site.newsroom.rows(joining)
    assert kept.wording == CONSENT.texts["ru"]
    assert (kept.version, kept.language) == ("2026-03", "ru")
    assert (kept.ip, kept.agent) == ("192.0.2.7", "Firefox")
    assert kept.source == "https://gazeta.example/ru/most"
    assert kept.expires_at - kept.asked_at == timedelta(days=7)


async def test_known_and_unknown_addresses_get_byte_equal_answers(site: Site) -> None:
    async def known() -> None:
        site.join(ANNA)

    async def suppressed() -> None:
        site.newsroom.store.transact(suppress, ANNA, "bounced", MORNING)

    async def asked_before() -> None:
        await ask(site)

    answers = [(await ask(site)).body]
    for prepare in (asked_before, known, suppressed):
        await prepare()
        answers.append((await ask(site)).body)

    assert len(set(answers)) == 1


async def test_known_and_unknown_addresses_cost_the_store_the_same(site: Site) -> None:
    site.join("known@reader.example")
    counts = []
    for email in ("known@reader.example", "unknown@reader.example"):
        fields = changed(await form(site), email=email)
        with statements(site.newsroom.store) as seen:
            await site.client.submit("/subscribe", fields)
        counts.append([text.split()[0] for text in seen])

    known, unknown = counts
    assert known == unknown
    assert known.count("INSERT") >= 2


async def test_a_reader_is_sent_the_preferences_and_for_another_digest_asked(
    site: Site,
) -> None:
    joined = site.join(ANNA)
    await ask(site)

    site.newsroom.clock.move(timedelta(days=1))
    fields = [*(await form(site)), ("digest[]", "sport")]
    await site.client.submit("/subscribe", fields)

    first, second = site.newsroom.rows(letter)
    assert (first.kind, first.facts) == (
        "preferences",
        {"subscriber": joined.subscriber_id},
    )
    assert second.kind == "confirm"
    assert [one["title"] for one in second.facts["digests"]] == ["Спорт"]


@pytest.mark.parametrize("reason", ["bounced", "complained", "asked by telephone"])
async def test_who_may_not_be_written_to_is_sent_nothing(
    site: Site, reason: str
) -> None:
    site.newsroom.store.transact(suppress, ANNA, reason, MORNING)

    assert (await ask(site)).status == 200
    assert letters(site) == []


@pytest.mark.parametrize("reason", ["erased", "left"])
async def test_who_was_erased_or_left_may_ask_anew(site: Site, reason: str) -> None:
    site.newsroom.store.transact(suppress, ANNA, reason, MORNING)

    await ask(site)

    assert letters(site) == [("confirm", ANNA)]


@pytest.mark.parametrize(
    "changes",
    [
        {"homepage": "https://spam.example"},
        {"stamp": None},
        {"stamp": "AAAA"},
        {"stamp": "ж" * 40},
        {"consent_version": "2025-01"},
        {"page_language": "de"},
    ],
)
async def test_what_looks_like_a_program_is_shown_the_form_again(
    site: Site, changes: dict[str, str | None]
) -> None:
    answer = await ask(site, **changes)

    assert answer.status == 422
    assert letters(site) == []
    again = changed(Page.of(answer).fields(ASK), consent="yes")
    assert ("email", ANNA) in again
    site.newsroom.clock.move(10 * SECOND)
    assert (await site.client.submit("/subscribe", again)).status == 200
    assert letters(site) == [("confirm", ANNA)]


async def test_who_is_faster_than_a_person_is_asked_to_look_again(site: Site) -> None:
    hasty = await form(site, wait=2)

    answer = await site.client.submit("/subscribe", hasty)

    assert answer.status == 422
    site.newsroom.clock.move(SECOND)
    assert (await site.client.submit("/subscribe", hasty)).status == 200


async def test_what_is_wrong_is_marked_and_everything_typed_is_kept(
    site: Site,
) -> None:
    answer = await ask(
        site, "anna(at)reader", zone="Almata", consent=None, hour="25:00"
    )

    page = Page.of(answer)
    assert answer.status == 422
    assert letters(site) == []
    invalid = {e.get("name") for e in page.root.iter() if e.get("aria-invalid")}
    assert invalid == {"email", "zone", "consent", "hour"}
    assert ("email", "anna(at)reader") in page.fields(ASK)
    assert "Asia/Almaty" in page.text


async def test_who_has_agreed_is_not_asked_to_agree_again(site: Site) -> None:
    hasty = await site.client.submit("/subscribe", await form(site, wait=2))
    wrong = await ask(site, "anna(at)reader")

    for answer in (hasty, wrong):
        assert answer.status == 422
        assert ("consent", "yes") in Page.of(answer).fields(ASK)


@pytest.mark.parametrize("shown", [{"consent_version": "1"}, {"page_language": "de"}])
async def test_who_has_agreed_to_other_words_is_asked_again(
    site: Site, shown: dict[str, str]
) -> None:
    """They stood in an old copy of the form, on another site."""
    answer = await ask(site, **shown)

    assert answer.status == 422
    assert "consent" not in dict(Page.of(answer).fields(ASK))


@pytest.mark.parametrize("email", HOSTILE)
async def test_no_hostile_address_is_written_to(site: Site, email: str) -> None:
    answer = await ask(site, email)

    assert answer.status == 422
    assert letters(site) == []
    assert b"<script>alert" not in answer.body


async def test_hostile_fields_are_kept_as_text_of_bounded_length(site: Site) -> None:
    fields = changed(
        await form(site), page="javascript:alert(1)", shown="<script>" * 900
    )
    fields += [("rubric[]", "no such\x00 rubric"), ("often-utro", "hourly")]

    answer = await site.client.submit(
        "/subscribe", fields, user_agent="x" * 5000, referer="https://u:p@a.example/x"
    )

    assert answer.status == 422
    fine = [field for field in fields if field[0] != "often-utro"]
    await site.client.submit(
        "/subscribe", fine, user_agent="x" * 5000, referer="https://u:p@a.example/x"
    )
    (kept,) = site.newsroom.rows(joining)
    assert (kept.source, len(kept.agent)) == ("https://a.example/x", 300)


async def test_a_link_preselects_rubrics_with_all_below_them(site: Site) -> None:
    fields = await form(site, "/subscribe?rubric=sport&rubric=nonsense&digest=sport")

    await site.client.submit("/subscribe", fields)

    (kept,) = site.newsroom.rows(joining)
    assert {value for name, value in fields if name == "rubric[]"} == {
        "sport",
        "futbol",
    }
    assert [(w["digest"], w["rubrics"]) for w in kept.wishes] == [("sport", ["sport"])]


async def test_the_form_of_another_site_is_taken_and_its_answer_is_ours(
    site: Site,
) -> None:
    answer = await site.client.get("/subscribe/form.html?language=kk&rubric=sport")
    site.newsroom.clock.move(timedelta(days=300))
    page = Page.of(answer)
    (sent_to,) = page.all("form")
    fields = changed(page.fields("Пошта арқылы алу"), email=ANNA, consent="yes")

    taken = await site.client.submit(
        "/subscribe",
        fields,
        **{"sec-fetch-site": "cross-site"},
        origin="https://gazeta.example",
        referer="https://gazeta.example/",
    )

    assert answer["access-control-allow-origin"] == "*"
    assert sent_to.get("action") == "https://desk.example/subscribe"
    assert Page.of(taken).heading == "Поштаңызды қараңыз"
    assert "access-control-allow-origin" not in taken
    (kept,) = site.newsroom.rows(joining)
    assert (kept.language, kept.source) == ("kk", "https://gazeta.example/")


async def test_the_form_may_be_sent_as_a_plain_one(site: Site) -> None:
    body = "&".join(f"{n}={v}".replace("[]", "%5B%5D") for n, v in await form(site))

    answer = await site.client.post(
        "/subscribe", body.encode(), content_type="application/x-www-form-urlencoded"
    )

    assert answer.status == 200


async def test_only_the_subscribe_page_has_a_script_and_only_ours(site: Site) -> None:
    subscribe = await site.client.get("/subscribe")
    others = [await site.client.get(path) for path in ("/", site.confirm_path(1))]

    assert "script-src 'self'" in subscribe["content-security-policy"]
    (script,) = Page.of(subscribe).all("script")
    assert (await site.client.get(str(script.get("src")))).status == 200
    for other in others:
        assert "script-src" not in other["content-security-policy"]
        assert not Page.of(other).all("script")


def limited(site: Site, **limits: int) -> Client:
    own = site.parts.joinings
    assert own is not None
    joinings = replace(own, limits=Limits(**limits))
    return replace(site, parts=replace(site.parts, joinings=joinings)).client


async def test_one_client_may_ask_so_often_in_an_hour(site: Site) -> None:
    client = limited(site, per_client=2)
    fields = await form(site)

    answers = [
        await client.submit("/subscribe", changed(fields, email=f"{n}@reader.example"))
        for n in range(3)
    ]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["retry-after"]) <= 3600
    assert len(letters(site)) == 2
    site.newsroom.clock.move(timedelta(hours=1))
    assert (await client.submit("/subscribe", fields)).status == 200


async def test_a_domain_is_asked_for_so_often_by_all_processes_together(
    site: Site,
) -> None:
    one, another = limited(site, per_domain=2), limited(site, per_domain=2)
    fields = await form(site)

    statuses = [
        (await who.submit("/subscribe", changed(fields, email=f"{n}@{domain}"))).status
        for n, (who, domain) in enumerate(
            [
                (one, "firm.example"),
                (another, "firm.example"),
                (one, "FIRM.example"),
                (another, "other.example"),
                (one, "gmail.com"),
                (one, "gmail.com"),
                (one, "gmail.com"),
            ]
        )
    ]

    assert statuses == [200, 200, 429, 200, 200, 200, 200]


async def test_where_joining_is_shut_there_is_no_form_and_no_link_to_it(
    site: Site,
) -> None:
    own = site.parts.joinings
    assert own is not None
    parts = replace(site.parts, joinings=replace(own, is_open=False))
    client = replace(site, parts=parts).client

    assert (await client.get("/subscribe")).status == 404
    assert (await client.post("/subscribe")).status == 404
    assert "/subscribe" not in (await client.get("/")).text
    assert (await client.get(site.confirm_path(1))).status == 200


async def test_the_catalogue_and_each_rubric_lead_to_the_form(site: Site) -> None:
    catalogue = Page.of(await site.client.get("/kk/"))
    rubric = Page.of(await site.client.get("/ru/rubrics/sport/futbol"))

    assert catalogue.links()["Пошта арқылы алу"] == "/subscribe?language=kk"
    assert rubric.links()[ASK] == "/subscribe?language=ru&rubric=futbol"
