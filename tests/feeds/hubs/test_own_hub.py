"""Our own hub keeps what WebSub says, over real connections, on both databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import func, select
from typing_extensions import override

from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.hubs.distributing import Distributor
from publisher.model.hub import Algorithm
from publisher.outgoing.client import Client
from publisher.store import Transaction
from publisher.store.documents import documents_since
from publisher.store.hub_subscriptions import count_subscriptions, find_document
from publisher.store.schema.hubs import hub_push, hub_request, hub_subscription
from tests.feeds.hubs.subscriber import HUB, TOPIC, Subscriber, a_distributor
from tests.outgoing.answering import Asked
from tests.store.newsroom import LANGUAGES
from tests.web.client import Client as Browser
from tests.web.site import BASE_URL, Site

pytestmark = pytest.mark.slow

PATH = TOPIC.removeprefix(BASE_URL)


def active(subscriber: Subscriber) -> int:
    newsroom = subscriber.site.newsroom
    return newsroom.store.query(count_subscriptions, newsroom.clock.now())


def waiting(tx: Transaction) -> tuple[int, int]:
    """Return how many requests and deliveries wait."""
    requests = tx.execute(select(func.count()).select_from(hub_request)).scalar()
    pushes = tx.execute(select(func.count()).select_from(hub_push)).scalar()
    return int(requests or 0), int(pushes or 0)


def left(subscriber: Subscriber) -> tuple[int, int]:
    return subscriber.site.newsroom.store.query(waiting)


async def test_a_subscription_is_active_once_it_was_confirmed(
    subscriber: Subscriber,
) -> None:
    asked = await subscriber.ask()

    assert asked.status == 202
    assert active(subscriber) == 0
    subscriber.work()
    assert active(subscriber) == 1
    [question] = subscriber.questions
    assert question["id"] == ["7"]
    assert question["hub.mode"] == ["subscribe"]
    assert question["hub.topic"] == [TOPIC]
    assert question["hub.lease_seconds"] == [str(10 * 24 * 3600)]


@pytest.mark.parametrize("own", ["token", "token=%E9%2f", "a=1&a=2;b", "a=%20+"])
async def test_what_a_callback_has_in_its_query_stays_as_it_is(
    subscriber: Subscriber, own: str
) -> None:
    await subscriber.ask(callback=f"{subscriber.server.url}/callback?{own}")

    subscriber.work()

    [asked] = subscriber.server.asked
    assert asked.path.startswith(f"/callback?{own}&hub.mode=subscribe&")
    assert active(subscriber) == 1


async def test_who_is_subscribed_may_renew_though_there_is_no_room(
    subscriber: Subscriber,
) -> None:
    for number in range(3):
        callback = f"{subscriber.callback}&n={number}"
        assert (await subscriber.ask(callback=callback)).status == 202
        subscriber.work()
    assert (await subscriber.ask()).status == 429

    renewed = await subscriber.ask(callback=f"{subscriber.callback}&n=0")

    assert renewed.status == 202


async def test_who_has_not_asked_is_not_subscribed_nor_asked_again(
    subscriber: Subscriber,
) -> None:
    subscriber.confirms = False
    await subscriber.ask()

    subscriber.work()
    subscriber.work()

    assert active(subscriber) == 0
    assert len(subscriber.questions) == 1
    assert left(subscriber) == (0, 0)


async def test_the_whole_document_is_brought_with_its_type_and_links(
    subscriber: Subscriber,
) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.publish("new")

    subscriber.work()

    [brought] = subscriber.delivered
    store = subscriber.site.newsroom.store
    document = store.query(find_document, PATH)
    assert document is not None
    assert brought.body == document.body
    assert brought.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert brought.headers["link"] == f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'
    assert subscriber.is_signed_right(brought)
    assert brought.headers["x-hub-signature"].startswith("sha256=")
    assert left(subscriber) == (0, 0)


async def test_nothing_is_brought_twice_and_nothing_without_a_change(
    subscriber: Subscriber,
) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.publish("new")
    subscriber.work()

    for _ in range(3):
        subscriber.site.newsroom.clock.move(timedelta(hours=1))
        subscriber.work()

    assert len(subscriber.delivered) == 1


async def test_a_document_packed_meanwhile_is_no_change(subscriber: Subscriber) -> None:
    await subscriber.ask()
    subscriber.work()
    store = subscriber.site.newsroom.store
    before = [d.change_no for d in store.query(documents_since, 0) if d.path == PATH]
    assert before

    subscriber.work()

    assert subscriber.delivered == []


async def test_without_a_secret_nothing_is_signed(subscriber: Subscriber) -> None:
    subscriber.secret = ""
    await subscriber.ask()
    subscriber.work()
    subscriber.publish("new")
    subscriber.work()

    assert "x-hub-signature" not in subscriber.delivered[0].headers


async def test_signatures_may_be_of_the_older_kind(subscriber: Subscriber) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.publish("new")

    a_distributor(subscriber.site, Algorithm.SHA1).run()

    assert subscriber.is_signed_right(subscriber.delivered[0])


async def test_who_fails_is_tried_again_and_stays_subscribed(
    subscriber: Subscriber,
) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.takes = lambda _: (500, {}, b"")
    subscriber.publish("new")
    subscriber.work()
    subscriber.work()
    assert len(subscriber.delivered) == 1

    subscriber.takes = lambda _: (200, {}, b"")
    subscriber.site.newsroom.clock.move(timedelta(minutes=2))
    subscriber.work()

    assert len(subscriber.delivered) == 2
    assert left(subscriber) == (0, 0)


async def test_a_delivery_is_given_up_but_not_the_subscription(
    subscriber: Subscriber,
) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.takes = lambda _: (500, {}, b"")
    subscriber.publish("new")
    for _ in range(12):
        subscriber.work()
        subscriber.site.newsroom.clock.move(timedelta(hours=5))

    assert left(subscriber) == (0, 0)
    assert active(subscriber) == 1
    subscriber.takes = lambda _: (200, {}, b"")
    subscriber.publish("newer")
    before = len(subscriber.delivered)
    subscriber.work()
    assert len(subscriber.delivered) == before + 1


async def test_who_is_gone_is_told_no_more(subscriber: Subscriber) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.takes = lambda _: (410, {}, b"")
    subscriber.publish("new")

    subscriber.work()

    assert active(subscriber) == 0
    assert left(subscriber) == (0, 0)


async def test_leaving_is_confirmed_too(subscriber: Subscriber) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.confirms = False
    await subscriber.ask("unsubscribe")
    subscriber.work()
    assert active(subscriber) == 1

    subscriber.confirms = True
    await subscriber.ask("unsubscribe")
    subscriber.work()

    assert active(subscriber) == 0
    assert "hub.lease_seconds" not in subscriber.questions[-1]


async def test_a_lease_ends_and_may_be_renewed(subscriber: Subscriber) -> None:
    await subscriber.ask(lease_seconds="3600")
    subscriber.work()
    subscriber.site.newsroom.clock.move(timedelta(minutes=50))
    await subscriber.ask(lease_seconds="3600")
    subscriber.work()
    subscriber.site.newsroom.clock.move(timedelta(minutes=50))
    assert active(subscriber) == 1

    subscriber.site.newsroom.clock.move(timedelta(minutes=11))
    subscriber.publish("new")
    subscriber.work()

    assert subscriber.delivered == []
    assert a_distributor(subscriber.site).tidy() == 1


async def test_a_restart_loses_nothing(subscriber: Subscriber) -> None:
    await subscriber.ask()
    a_distributor(subscriber.site).run()
    subscriber.publish("new")

    a_distributor(subscriber.site).run()

    assert len(subscriber.delivered) == 1


async def test_a_process_that_was_killed_in_the_middle_is_taken_over(
    subscriber: Subscriber,
) -> None:
    class Killed(BaseException):
        """Stands for the end of a process."""

    class Mortal(Client):
        @override
        def ask(self, *_: object, **__: object) -> NoReturn:
            raise Killed

    await subscriber.ask()
    subscriber.work()
    subscriber.publish("new")
    dying = a_distributor(subscriber.site)
    with pytest.raises(Killed):
        Distributor(
            store=dying.store,
            clock=dying.clock,
            client=Mortal(),
            hub_url=HUB,
            base_url=BASE_URL,
            languages=LANGUAGES,
        ).run()

    subscriber.work()
    assert subscriber.delivered == []
    subscriber.site.newsroom.clock.move(timedelta(minutes=2))
    subscriber.work()
    assert len(subscriber.delivered) == 1


async def test_several_processes_bring_it_once(subscriber: Subscriber) -> None:
    await subscriber.ask()
    subscriber.work()
    subscriber.publish("new")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: subscriber.work(), range(4)))

    assert len(subscriber.delivered) == 1


async def test_a_slow_subscriber_holds_up_no_other(subscriber: Subscriber) -> None:
    may_end = threading.Event()
    quick_was_served = threading.Event()

    def takes(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if "slow" in asked.path:
            may_end.wait()
        else:
            quick_was_served.set()
        return 200, {}, b""

    subscriber.takes = takes
    await subscriber.ask(callback=f"{subscriber.server.url}/slow")
    await subscriber.ask(callback=f"{subscriber.server.url}/quick")
    subscriber.work()
    subscriber.publish("new")
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(subscriber.work)
        try:
            assert quick_was_served.wait(10)
        finally:
            may_end.set()
        working.result()

    assert len(subscriber.delivered) == 2


async def test_what_changed_while_it_was_brought_is_brought_again(
    subscriber: Subscriber,
) -> None:
    await subscriber.ask()
    subscriber.work()
    publish: list[Callable[[], None]] = [lambda: subscriber.publish("newer")]

    def takes(_: Asked) -> tuple[int, dict[str, str], bytes]:
        if publish:
            publish.pop()()
            a_distributor(subscriber.site).run()
        return 200, {}, b""

    subscriber.takes = takes
    subscriber.publish("new")
    subscriber.work()
    subscriber.work()

    bodies = [asked.body for asked in subscriber.delivered]
    document = subscriber.site.newsroom.store.query(find_document, PATH)
    assert document is not None
    assert document.body in bodies
    assert left(subscriber) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": "listen"}, "hub.mode"),
        ({"callback": ""}, "hub.callback"),
        ({"callback": "ftp://reader.example/"}, "hub.callback"),
        ({"callback": "http://[::1"}, "hub.callback"),
        ({"callback": "http://reader.example/" + "x" * 1000}, "hub.callback"),
        ({"topic": "https://other.example/feed"}, "hub.topic"),
        ({"topic": f"{BASE_URL}/feeds/nothing.rss"}, "hub.topic"),
        ({"topic": PATH}, "hub.topic"),
        ({"secret": "x" * 200}, "hub.secret"),
        ({"secret": "x\0"}, "hub.secret"),
        ({"callback": "http://reader.example/\0"}, "hub.callback"),
        ({"lease_seconds": "soon"}, "hub.lease_seconds"),
        ({"lease_seconds": "-1"}, "hub.lease_seconds"),
    ],
)
async def test_what_is_no_request_is_refused_with_the_reason(
    subscriber: Subscriber, changes: dict[str, str], reason: str
) -> None:
    answer = await subscriber.ask(**changes)

    assert answer.status == 400
    assert reason in answer.text
    assert left(subscriber) == (0, 0)


async def test_a_topic_in_a_language_that_was_dropped_is_refused(
    subscriber: Subscriber,
) -> None:
    site = subscriber.site
    addresses = FeedAddresses(BASE_URL, site.newsroom.tree, ("kk",))
    parts = replace(site.parts, addresses=addresses)
    subscriber.site = Site(site.newsroom, parts, site.builder)

    answer = await subscriber.ask(topic=TOPIC)

    assert (answer.status, left(subscriber)) == (400, (0, 0))


async def test_a_host_gets_only_so_many(subscriber: Subscriber) -> None:
    url = subscriber.server.url
    statuses = [
        (await subscriber.ask(callback=f"{url}/{number}")).status for number in range(4)
    ]
    subscriber.work()

    assert statuses == [202, 202, 202, 429]
    assert (await subscriber.ask(callback=f"{url}/5")).status == 429
    assert (await subscriber.ask("unsubscribe", callback=f"{url}/1")).status == 202


async def test_an_internal_address_is_never_called(subscriber: Subscriber) -> None:
    await subscriber.ask()
    guarded = a_distributor(subscriber.site)

    Distributor(
        store=guarded.store,
        clock=guarded.clock,
        client=Client(),
        hub_url=HUB,
        base_url=BASE_URL,
        languages=LANGUAGES,
    ).run()

    assert subscriber.server.asked == []
    assert active(subscriber) == 0


async def test_a_feed_that_is_gone_is_denied(subscriber: Subscriber) -> None:
    await subscriber.ask()
    subscriber.work()
    await subscriber.ask()
    store = subscriber.site.newsroom.store

    def forget(tx: Transaction) -> None:
        tx.execute(hub_request.update().values(path="/feeds/gone.rss"))
        tx.execute(hub_subscription.update().values(path="/feeds/gone.rss"))

    store.transact(forget)
    subscriber.work()

    assert subscriber.questions[-1]["hub.mode"] == ["denied"]


async def test_telling_our_hub_of_changes_is_needless(subscriber: Subscriber) -> None:
    browser = Browser(subscriber.site.app)
    answer = await browser.post(
        "/hub",
        b"hub.mode=publish&hub.url=x",
        **{"content-type": "application/x-www-form-urlencoded"},
    )

    assert answer.status == 204
