"""Some readers want headlines only: the same articles, fewer words, no pictures."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from publisher.audience.choosing import Wish
from publisher.mail.transport import Envelope
from publisher.store import Store
from tests.builders import a_picture
from tests.digests.desk import Desk

HOUR = timedelta(hours=1)
LONG = "Очень подробно о том, что случилось. " * 10


def html(envelope: Envelope) -> str:
    message = message_from_bytes(envelope.message, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("html",))
    assert body is not None
    text: str = body.get_content()
    return text


def sent(desk: Desk) -> dict[str, str]:
    return {one.recipient: html(one) for one in desk.transport.sent}


@pytest.fixture
def desk(store: Store) -> Desk:
    """Return a desk with a reader of each kind and an article with everything."""
    desk = Desk(store=store)
    desk.join("full@reader.example")
    desk.join("compact@reader.example", is_compact=True)
    desk.publish("one", lead=LONG, picture=a_picture())
    return desk


async def test_both_get_the_article_and_only_one_its_picture(desk: Desk) -> None:
    await desk.run(HOUR)

    full, compact = (sent(desk)[f"{k}@reader.example"] for k in ("full", "compact"))
    assert "Заголовок one" in full
    assert "Заголовок one" in compact
    assert "<img" in full
    assert "<img" not in compact
    assert LONG[:300] in full
    assert LONG[:60] in compact
    assert LONG[:300] not in compact


async def test_who_changes_the_form_gets_nothing_twice(desk: Desk) -> None:
    await desk.run(HOUR)
    found = desk.membership.find(2)
    assert found is not None
    assert found.choice.is_compact

    desk.membership.change(2, Wish(digest="utro"), wording="full", origin="test")
    desk.publish("two")
    await desk.run(timedelta(days=1))

    last = [html(e) for e in desk.transport.sent if e.recipient.startswith("compact")]
    assert "Заголовок two" in last[-1]
    assert "Заголовок one" not in last[-1]


async def test_what_is_composed_again_stays_compact(desk: Desk) -> None:
    published_at = desk.clock.now()
    desk.publish("bad", published_at=published_at)
    desk.clock.move(HOUR)
    desk.planner.sweep()
    desk.publish("bad", is_withdrawn=True, published_at=published_at)

    await desk.run()
    await desk.run()

    compact = sent(desk)["compact@reader.example"]
    assert "Заголовок bad" not in compact
    assert "Заголовок one" in compact
    assert "<img" not in compact
