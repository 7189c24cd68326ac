"""Hubs are told of every change once it can be read, and watched."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from publisher.clock import SteppedClock
from publisher.feeds.hubs.pinging import SETTLE, Pinger
from publisher.feeds.hubs.watching import Watcher
from publisher.model.hub import Verdict, judge
from publisher.outgoing.client import Client
from publisher.store import Store, hubs
from publisher.store.documents import documents_since
from publisher.store.hubs import HubRow
from tests.feeds.hubs.subscriber import HUB, LOOPBACK, publish, small_site
from tests.outgoing.answering import Answer, Answering, Asked, answering
from tests.store.newsroom import LANGUAGES
from tests.web.client import Client as Browser
from tests.web.site import Site

KEY, SECRET = "a-key", "a-secret"


class Press:
    """A newspaper whose public side and whose hub are real servers."""

    def __init__(self, site: Site, hub: Answering, public: Answering) -> None:
        self.site, self.hub, self.public = site, hub, public
        self.store, self.clock = site.newsroom.store, site.newsroom.clock
        self.is_readable = True
        self.languages: tuple[str, ...] = LANGUAGES
        self.hub.reply = lambda _: (204, {}, b"")
        self.public.reply = self._public
        self.store.transact(hubs.sync_hubs, {hub.url: (KEY, SECRET)})

    def _public(self, asked: Asked) -> Answer:
        if ".kk." in asked.path and "kk" not in self.languages:
            return 410, {}, b""
        etags = {d.path: d.etag for d in self.store.query(documents_since, 0)}
        etag = etags.get(asked.path, "") if self.is_readable else "before"
        return 200, {"ETag": f'W/"{etag}-gzip"'}, b""

    def pinger(self) -> Pinger:
        return Pinger(
            store=self.store,
            clock=self.clock,
            client=Client(allowed=LOOPBACK),
            hub_url=self.hub.url,
            base_url=self.public.url,
            languages=self.languages,
        )

    def publish(self, key: str) -> None:
        publish(self.site, key)

    def run(self) -> int:
        """Look twice: a ping is due a moment after its change."""
        told = self.pinger().run()
        self.clock.move(SETTLE)
        return told + self.pinger().run()

    @property
    def told(self) -> set[str]:
        """The paths that the hub was told of."""
        found: set[str] = set()
        for asked in self.hub.asked:
            form = parse_qs(asked.body.decode())
            assert form["hub.mode"] == ["publish"]
            assert form["hub.topic"] == form["hub.url"]
            found |= {url.removeprefix(self.public.url) for url in form["hub.url"]}
        return found

    @property
    def row(self) -> HubRow:
        [row] = self.store.query(hubs.list_hubs)
        return row


@pytest.fixture
def press(store: Store, clock: SteppedClock, server: Answering) -> Iterator[Press]:
    with answering() as public:
        site = small_site(store, clock)
        yield Press(site, server, public)


def changed(press: Press, act: Callable[[], None]) -> set[str]:
    """Return the paths of what changed while something was done."""
    before = {d.path: d.etag for d in press.store.query(documents_since, 0)}
    act()
    after = {d.path: d.etag for d in press.store.query(documents_since, 0)}
    return {path for path, etag in after.items() if before.get(path) != etag}


def test_a_hub_is_told_of_exactly_what_changed(press: Press) -> None:
    paths = changed(press, lambda: press.publish("new"))

    told = press.run()

    assert paths
    assert (press.told, told) == (paths, len(paths))
    assert press.row.state.pinged_at == press.clock.now()
    assert press.row.waiting == 0


def test_what_was_up_before_the_hub_came_is_not_told(press: Press) -> None:
    assert press.run() == 0
    assert press.hub.asked == []


def test_nothing_is_told_before_it_can_be_read(press: Press) -> None:
    press.is_readable = False
    press.publish("new")
    press.run()
    assert press.hub.asked == []
    assert "still the document before" in press.row.reply

    press.is_readable = True
    press.clock.move(timedelta(minutes=1))
    press.run()

    assert press.told


def test_a_hub_that_fails_is_told_later(press: Press) -> None:
    press.hub.reply = lambda _: (503, {}, b"")
    press.publish("new")
    press.run()
    assert press.row.reply == "it answers 503"
    assert press.row.state.pinged_at is None

    press.hub.reply = lambda _: (204, {}, b"")
    press.hub.asked.clear()
    press.run()
    assert press.hub.asked == []
    press.clock.move(timedelta(minutes=1))
    press.run()

    assert press.told
    assert (press.row.reply, press.row.waiting) == ("", 0)


def test_a_hub_that_never_answers_is_given_up_until_the_next_change(
    press: Press,
) -> None:
    press.hub.reply = lambda _: (500, {}, b"")
    press.publish("new")
    for _ in range(10):
        press.run()
        press.clock.move(timedelta(hours=5))
    assert press.row.waiting == 0

    press.hub.reply = lambda _: (204, {}, b"")
    press.publish("newer")
    press.run()

    assert press.row.waiting == 0
    assert press.row.reply == ""


def test_feeds_of_a_language_that_was_dropped_hold_up_no_others(press: Press) -> None:
    press.languages = ("ru",)
    press.publish("new")
    publish(press.site, "zhana", language="kk")

    press.run()

    assert {"/feeds/latest.rss", "/feeds/latest.ru.rss"} <= press.told
    assert not [path for path in press.told if ".kk." in path]
    assert (press.row.waiting, press.row.reply) == (0, "")


def test_many_changes_of_a_feed_are_one_ping(press: Press) -> None:
    for number in range(5):
        press.publish(f"new-{number}")

    press.run()

    assert len(press.hub.asked) == 1


def test_several_processes_ping_once(press: Press) -> None:
    press.publish("new")
    first, second = press.pinger(), press.pinger()
    first.run()
    press.clock.move(SETTLE)

    counts = [first.run(), second.run()]

    assert min(counts) == 0
    assert len(press.hub.asked) == 1


def test_a_hub_that_left_the_configuration_is_forgotten(press: Press) -> None:
    press.publish("new")
    press.pinger().run()

    press.store.transact(hubs.sync_hubs, {})

    assert press.store.query(hubs.list_hubs) == []
    assert press.pinger().run() == 0


def watching(press: Press) -> Watcher:
    return Watcher(
        store=press.store,
        clock=press.clock,
        client=Client(allowed=LOOPBACK),
        base_url=press.public.url,
        path="/feeds/latest.atom",
    )


def asked_for(press: Press) -> dict[str, str]:
    [asked] = press.hub.asked
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def test_we_subscribe_to_ourselves_once(press: Press) -> None:
    watcher = watching(press)

    assert (watcher.run(), watcher.run()) == (1, 0)
    form = asked_for(press)
    assert form["hub.mode"] == "subscribe"
    assert form["hub.callback"] == f"{press.public.url}/hub/watch/{KEY}"
    assert form["hub.secret"] == SECRET


async def test_what_a_hub_brings_back_is_measured(press: Press) -> None:
    watcher = watching(press)
    parts = replace(press.site.parts, watcher=watcher)
    browser = Browser(Site(press.site.newsroom, parts, press.site.builder).app)
    watcher.run()
    form = asked_for(press)
    confirmed = await browser.get(
        f"/hub/watch/{KEY}?hub.mode=subscribe&hub.topic={form['hub.topic']}"
        "&hub.challenge=abc&hub.lease_seconds=864000"
    )
    assert (confirmed.status, confirmed.text) == (200, "abc")
    assert judge(press.row.state, press.clock.now()) is Verdict.SILENT

    press.publish("new")
    press.clock.move(timedelta(seconds=2))
    signature = hmac.new(SECRET.encode(), b"feed", hashlib.sha256).hexdigest()
    brought = await browser.post(
        f"/hub/watch/{KEY}", b"feed", **{"x-hub-signature": f"sha256={signature}"}
    )

    assert brought.status == 202
    assert press.row.state.delay == timedelta(seconds=2)
    assert judge(press.row.state, press.clock.now()) is Verdict.GOOD


@pytest.mark.parametrize("signature", ["", "sha256=00", "md5=00", "sha1=00"])
async def test_what_is_not_signed_right_counts_for_nothing(
    press: Press, signature: str
) -> None:
    watcher = watching(press)

    assert watcher.take(KEY, b"feed", signature) is False
    assert press.row.state.delivered_at is None


async def test_only_what_we_asked_for_is_confirmed(press: Press) -> None:
    watcher = watching(press)
    topic = f"{press.public.url}/feeds/latest.atom"
    good = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "a"}

    assert watcher.confirm("other-key", good) is None
    assert watcher.confirm(KEY, good | {"hub.topic": HUB}) is None
    assert watcher.confirm(KEY, good | {"hub.mode": "unsubscribe"}) is None
    assert watcher.take("other-key", b"", "") is None
