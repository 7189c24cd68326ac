"""A goodbye holds the way back, for thirty days and for nothing else."""

from datetime import timedelta

import pytest

from publisher.model.token import Purpose
from publisher.store.readers import Subscription, list_consent
from tests.web.client import BROWSER, Answer
from tests.web.page import Page
from tests.web.site import TOKENS, Site

BUTTON = "Подписаться снова"


@pytest.fixture
def site(empty_site: Site) -> Site:
    """No page of these shows an article."""
    return empty_site


async def left(site: Site, joined: Subscription) -> Answer:
    return await site.client.submit(site.leave_path(joined), [])


def way_back(answer: Answer) -> str | None:
    found = [f.get("action") for f in Page.of(answer).root.iter("form")]
    return str(found[0]) if found else None


async def test_one_press_brings_back_what_was_chosen(site: Site) -> None:
    joined = site.join(rubrics=("novosti",), excluded=("vektor",), hour="06:30")
    goodbye = await left(site, joined)
    path = way_back(goodbye)
    assert path is not None

    answer = await site.client.submit(path, Page.of(goodbye).fields(BUTTON))

    assert Page.of(answer).heading == "Вы подписаны на рассылку «Утренний выпуск»"
    back = site.subscription(joined.id)
    assert back.is_active
    assert back.choice == joined.choice
    said = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert [(one.event, one.origin) for one in said[1:]] == [
        ("withdrawn", "leave page"),
        ("given", "way back"),
    ]
    assert said[-1].wording == "Подписаться снова: Утренний выпуск"


async def test_pressed_twice_it_is_one_consent(site: Site) -> None:
    joined = site.join()
    await left(site, joined)

    for _ in range(3):
        answer = await site.client.submit(site.return_path(joined), [])
        assert answer.status == 200

    said = site.newsroom.store.query(list_consent, joined.subscriber_id)
    assert [one.event for one in said] == ["given", "withdrawn", "given"]


async def test_the_link_itself_only_shows_the_button(site: Site) -> None:
    joined = site.join()
    await left(site, joined)
    before = site.newsroom.everything()

    page = Page.of(await site.client.get(site.return_path(joined), accept=BROWSER))

    assert page.buttons() == [BUTTON]
    assert site.newsroom.everything() == before


async def test_after_thirty_days_it_is_closed(site: Site) -> None:
    joined = site.join()
    await left(site, joined)
    site.newsroom.clock.move(timedelta(days=30))

    answers = [
        await site.client.get(site.return_path(joined)),
        await site.client.submit(site.return_path(joined), []),
    ]

    assert [answer.status for answer in answers] == [410, 410]
    assert not site.subscription(joined.id).is_active


async def test_only_a_goodbye_just_said_hands_out_the_way_back(site: Site) -> None:
    joined = site.join()

    assert way_back(await left(site, joined))
    assert way_back(await left(site, joined))
    site.newsroom.clock.move(timedelta(hours=1))
    assert way_back(await left(site, joined)) is None
    page = await site.client.get(site.leave_path(joined), accept=BROWSER)
    assert "/return/" not in page.text


async def test_who_was_erased_does_not_come_back(site: Site) -> None:
    path = f"/return/{TOKENS.sign(Purpose.RETURN, 4711)}"

    for answer in (await site.client.get(path), await site.client.submit(path, [])):
        assert answer.status == 410
        assert Page.of(answer).heading == "Эта ссылка больше не действует"


@pytest.mark.parametrize(
    "purpose", [Purpose.LEAVE, Purpose.LEAVE_ALL, Purpose.PREFERENCES, Purpose.ADDRESS]
)
async def test_no_other_link_brings_anybody_back(site: Site, purpose: Purpose) -> None:
    joined = site.join()
    await left(site, joined)
    token = TOKENS.sign(purpose, joined.id)

    assert (await site.client.submit(f"/return/{token}", [])).status == 404
    assert not site.subscription(joined.id).is_active


async def test_another_site_cannot_have_it_pressed(site: Site) -> None:
    joined = site.join()
    await left(site, joined)

    answer = await site.client.submit(
        site.return_path(joined), [], **{"sec-fetch-site": "cross-site"}
    )

    assert answer.status == 403
    assert not site.subscription(joined.id).is_active
