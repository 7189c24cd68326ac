"""An edition in the browser is what the mail was, and nothing of who got the mail."""

import base64
import re
from collections.abc import Collection
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import delete

from publisher.clock import SteppedClock
from publisher.mail.transport import Envelope
from publisher.model.token import Purpose
from publisher.store import Store, Transaction
from publisher.store.schema.editions import delivery, piece, segment, segment_article
from tests.digests.desk import MORNING, Desk, a_tree
from tests.web.client import Answer
from tests.web.page import Page
from tests.web.site import TOKENS, Site

HOUR = timedelta(hours=1)
ADDRESS = "aigul@reader.example"


class Printed:
    """A newspaper whose edition went out to one reader."""

    def __init__(self, store: Store) -> None:
        clock = SteppedClock(MORNING)
        self.site = Site.open(store, clock, a_tree())
        self.desk = Desk(store=store, clock=clock, tokens=TOKENS)

    async def print(self, *articles: str, language: str = "ru") -> Envelope:
        self.desk.join(ADDRESS, language=language)
        for key in articles:
            self.desk.publish(key, language=language)
        await self.desk.run(HOUR)
        (envelope,) = self.desk.transport.sent
        return envelope

    async def open(self, path: str, **headers: str) -> Answer:
        return await self.site.client.get(path, **headers)


@pytest.fixture
def printed(sqlite_store: Store) -> Printed:
    return Printed(sqlite_store)


def html_of(envelope: Envelope) -> str:
    part = message_from_bytes(envelope.message).get_payload(1)
    return base64.b64decode(part.get_payload()).decode()  # type: ignore[union-attr, arg-type]


def links_to(html: str, folder: str) -> set[str]:
    return set(re.findall(rf'href="https://[^/"]+(/{folder}/[^"]*)"', html))


def link_in(envelope: Envelope) -> str:
    (path,) = links_to(html_of(envelope), "e")
    return path


async def test_the_page_is_the_mail_without_what_is_the_reader_s(
    printed: Printed,
) -> None:
    envelope = await printed.print("most", "kopir")
    mail = html_of(envelope)

    answer = await printed.open(link_in(envelope))

    assert answer.status == 200
    page = Page.of(answer)
    assert page.heading == "Утро"
    assert "Коротко о most." in page.text
    assert "Коротко о kopir." in page.text
    assert set(page.links()) == set(printed_links(mail)) - {
        "Открыть в браузере",
        "Настройки",
        "Отписаться",
        "Изменить рубрики, время или язык",
    }


def printed_links(mail: str) -> Collection[str]:
    found = Answer(200, (("content-type", "text/html; charset=utf-8"),), mail.encode())
    return Page.of(found).links()


async def test_whoever_got_the_mail_forwarded_learns_nothing_of_the_reader(
    printed: Printed,
) -> None:
    envelope = await printed.print("most")

    answer = await printed.open(link_in(envelope))

    assert ADDRESS not in answer.text
    assert not links_to(answer.text, "(?:preferences|u|e)")
    assert "Отписаться" not in answer.text
    assert not re.search("[\ue000\ue001]", answer.text)
    assert 'href=""' not in answer.text


async def test_two_readers_of_the_same_have_the_same_address(printed: Printed) -> None:
    printed.desk.join("other@reader.example")
    printed.desk.join(ADDRESS)
    printed.desk.publish("most")
    await printed.desk.run(HOUR)

    first, second = printed.desk.transport.sent

    assert link_in(first) == link_in(second)


async def test_the_page_is_neither_indexed_nor_kept_and_runs_nothing(
    printed: Printed,
) -> None:
    envelope = await printed.print("most")

    answer = await printed.open(link_in(envelope))

    assert answer["x-robots-tag"] == "noindex, nofollow"
    assert answer["cache-control"] == "no-store"
    assert answer["referrer-policy"] == "no-referrer"
    policy = answer["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'none'" in policy
    assert not Page.of(answer).all("script")


async def test_opening_changes_nothing(printed: Printed) -> None:
    envelope = await printed.print("most")
    before = printed.site.newsroom.everything()

    await printed.open(link_in(envelope))

    assert printed.site.newsroom.everything() == before


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("ru", "Здесь была статья, которую отозвали."),
        ("kk", "Мұнда кері қайтарып алынған мақала тұрған."),
    ],
)
async def test_a_withdrawn_article_is_gone_from_the_page(
    printed: Printed, language: str, says: str
) -> None:
    envelope = await printed.print("most", "kopir", language=language)
    withdraw_article(printed, "kopir", language)

    page = Page.of(await printed.open(link_in(envelope)))

    assert "Коротко о most." in page.text
    assert "kopir" not in page.text
    assert page.text.count(says) == 1


def withdraw_article(printed: Printed, key: str, language: str) -> None:
    desk = printed.desk
    desk.publish(key, is_withdrawn=True, published_at=MORNING, language=language)


@pytest.mark.parametrize("purpose", [Purpose.LEAVE, Purpose.PREFERENCES])
async def test_a_token_for_something_else_opens_no_edition(
    printed: Printed, purpose: Purpose
) -> None:
    await printed.print("most")

    answer = await printed.open(f"/e/{TOKENS.sign(purpose, 1)}")

    assert answer.status == 404


async def test_a_token_for_an_edition_opens_nothing_else(printed: Printed) -> None:
    token = link_in(await printed.print("most")).removeprefix("/e/")

    for address in ("/u/", "/preferences/"):
        assert (await printed.open(address + token)).status == 404


def forget_segments(tx: Transaction) -> None:
    tx.execute(delivery.update().values(segment_id=None))
    tx.execute(delete(segment_article))
    tx.execute(delete(segment))


def forget_pieces(tx: Transaction) -> None:
    tx.execute(delete(piece).where(piece.c.id == 1))


@pytest.mark.parametrize("forget", [forget_segments, forget_pieces])
@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("ru", "Этот выпуск больше не хранится"),
        ("kk", "Бұл шығарылым енді сақталмайды"),
    ],
)
async def test_an_edition_that_was_cleared_away_says_so(
    printed: Printed, language: str, heading: str, forget: object
) -> None:
    path = link_in(await printed.print("most"))
    printed.desk.store.transact(forget)  # type: ignore[arg-type]

    answer = await printed.open(path, accept_language=language)

    assert answer.status == 410
    assert Page.of(answer).heading == heading
    assert answer["x-robots-tag"] == "noindex, nofollow"
