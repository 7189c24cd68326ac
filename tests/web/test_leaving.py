"""Leaving takes one POST to one address, and nothing else ever does it (RFC 8058)."""

from dataclasses import replace

import pytest

from publisher.model.token import Purpose
from publisher.store.readers import list_consent
from tests.web.client import BROWSER, Client
from tests.web.page import Page
from tests.web.site import TOKENS, Site

PAIR = b"List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n--b--\r\n"
)
BODIES = [
    pytest.param(PAIR, FORM, id="urlencoded"),
    pytest.param(PAIR, f"{FORM}; charset=UTF-8", id="urlencoded-with-charset"),
    pytest.param(MULTIPART, "multipart/form-data; boundary=b", id="multipart"),
    pytest.param(MULTIPART, "multipart/form-data", id="multipart-without-boundary"),
    pytest.param(b"", FORM, id="empty-form"),
    pytest.param(b"", "", id="nothing-at-all"),
    pytest.param(b"\xff\x00{", "application/json", id="nonsense"),
]


@pytest.mark.parametrize(("body", "content_type"), BODIES)
async def test_a_mail_provider_leaves_in_any_form(
    site: Site, body: bytes, content_type: str
) -> None:
    joined = site.join()
    headers = {"content_type": content_type} if content_type else {}

    answer = await site.client.post(site.leave_path(joined), body, **headers)

    assert answer.status == 200
    assert not site.subscription(joined.id).is_active


async def test_a_mail_provider_gets_a_tiny_answer_without_cookie_or_redirect(
    site: Site,
) -> None:
    answer = await site.client.post(
        site.leave_path(site.join()), PAIR, content_type=FORM, accept="*/*"
    )

    assert answer.status == 200
    assert len(answer.body) < 100
    assert "set-cookie" not in answer
    assert "location" not in answer
    assert answer["cache-control"] == "no-store"


async def test_leaving_twice_is_leaving(site: Site) -> None:
    joined = site.join()
    path = site.leave_path(joined)

    answers = [await site.client.post(path, PAIR) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    said = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert [consent.event for consent in said] == ["given", "withdrawn"]


async def test_who_was_erased_has_left(reader: Client) -> None:
    token = TOKENS.sign(Purpose.LEAVE, 987654)

    answer = await reader.post(f"/u/{token}", PAIR)

    assert answer.status == 200


async def test_no_other_site_can_be_in_the_way_of_leaving(site: Site) -> None:
    joined = site.join()

    answer = await site.client.post(
        site.leave_path(joined),
        PAIR,
        origin="https://mail.example",
        sec_fetch_site="cross-site",
    )

    assert answer.status == 200
    assert not site.subscription(joined.id).is_active


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_a_scanner_that_opens_every_link_changes_nothing(
    site: Site, method: str
) -> None:
    joined = site.join()
    before = site.newsroom.everything()

    answer = await site.client.ask(method, site.leave_path(joined), {"accept": BROWSER})

    assert answer.status in {200, 204}
    assert site.newsroom.everything() == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_change_nothing(site: Site, method: str) -> None:
    joined = site.join()

    answer = await site.client.ask(method, site.leave_path(joined))

    assert answer.status == 405
    assert "POST" in answer["allow"]
    assert site.subscription(joined.id).is_active


async def test_options_names_the_methods(reader: Client) -> None:
    answer = await reader.ask("OPTIONS", "/u/anything")

    assert (answer.status, answer["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


async def test_the_button_of_the_page_leaves(site: Site) -> None:
    joined = site.join(language="kk")
    path = site.leave_path(joined)

    page = Page.of(await site.client.get(path, accept=BROWSER))

    assert page.language == "kk"
    assert "Таңғы шығарылым" in page.heading
    answer = await site.client.submit(path, page.fields("Жазылымнан бас тарту"))
    assert answer.status == 200
    assert "бас тарттыңыз" in Page.of(answer).heading
    assert not site.subscription(joined.id).is_active


async def test_the_page_tells_nothing_of_the_reader(site: Site) -> None:
    joined = site.join("aigul@reader.example", rubrics=("sport",))

    answer = await site.client.get(site.leave_path(joined))

    assert "aigul" not in answer.text
    assert "preferences/" not in answer.text
    assert answer["x-robots-tag"] == "noindex, nofollow"


async def test_who_has_left_is_told_so_and_how_to_come_back(site: Site) -> None:
    joined = site.join()
    await site.client.post(site.leave_path(joined))

    page = Page.of(await site.client.get(site.leave_path(joined)))

    assert page.heading == "Вы не подписаны"
    assert "Настройки" in page.text
    assert page.buttons() == []


async def test_a_reader_may_choose_the_language_of_the_page(site: Site) -> None:
    joined = site.join(language="ru")
    page = Page.of(await site.client.get(site.leave_path(joined)))

    other = page.links()["Қазақ тілі"]

    assert Page.of(await site.client.get(other)).language == "kk"


async def test_leaving_one_digest_keeps_the_others(site: Site) -> None:
    left, kept = site.join(digest="utro"), site.join(digest="sport")

    await site.client.post(site.leave_path(left))

    assert not site.subscription(left.id).is_active
    assert site.subscription(kept.id).is_active


async def test_a_digest_that_is_no_longer_published_can_still_be_left(
    site: Site,
) -> None:
    joined = site.join(digest="sport")
    members = replace(site.parts.membership, rules={})
    without = Site(site.newsroom, replace(site.parts, membership=members), site.builder)

    assert (await without.client.get(site.leave_path(joined))).status == 200
    assert (await without.client.post(site.leave_path(joined))).status == 200
    assert not site.subscription(joined.id).is_active


def forged(site: Site) -> list[str]:
    joined = site.join()
    token = site.leave_path(joined).removeprefix("/u/")
    preferences = TOKENS.sign(Purpose.PREFERENCES, joined.id)
    return [
        "x",
        "a" * 32,
        token[:-1],
        token.swapcase(),
        preferences,
        f"{token}{token}",
        "%D1%8F" * 8,
        "%00",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_forged_link_is_a_page_that_does_not_exist(
    site: Site, method: str
) -> None:
    nowhere = await site.client.ask(method, "/u/nothing", {"accept": BROWSER})

    for token in forged(site):
        answer = await site.client.ask(method, f"/u/{token}", {"accept": BROWSER})

        assert answer.status == 404
        assert answer.body == nowhere.body
    assert site.subscription(1).is_active
