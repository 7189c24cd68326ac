"""A subscriber with a real HTTP server, and our hub as it would ask for it."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qs, urlencode, urlsplit

from publisher.clock import SteppedClock
from publisher.feeds.hubs.distributing import Distributor
from publisher.model.hub import Algorithm
from publisher.outgoing.client import Client
from publisher.store import Store
from tests.builders import a_rubric, a_tree, an_article
from tests.outgoing.answering import Answer, Answering, Asked
from tests.store.newsroom import LANGUAGES
from tests.web.client import Answer as PageAnswer
from tests.web.client import Client as Browser
from tests.web.site import BASE_URL, Site

__all__ = [
    "FORM",
    "HUB",
    "LOOPBACK",
    "TOPIC",
    "Subscriber",
    "a_distributor",
    "publish",
    "small_site",
]

TOPIC = f"{BASE_URL}/feeds/latest.ru.rss"
HUB = f"{BASE_URL}/hub"
FORM = "application/x-www-form-urlencoded"
LOOPBACK = (ip_network("127.0.0.0/8"),)


def a_distributor(site: Site, algorithm: Algorithm = Algorithm.SHA256) -> Distributor:
    """Return what does our hub's work, such as another process would have."""
    return Distributor(
        store=site.newsroom.store,
        clock=site.newsroom.clock,
        client=Client(allowed=LOOPBACK),
        hub_url=HUB,
        base_url=BASE_URL,
        languages=LANGUAGES,
        algorithm=algorithm,
    )


def small_site(store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper of one rubric and one article, its feeds built."""
    site = Site.open(store, clock, a_tree(a_rubric("novosti")))
    publish(site, "first")
    return site


def publish(site: Site, key: str, language: str = "ru") -> None:
    """Publish an article, and let every feed show it."""
    newsroom = site.newsroom
    now = newsroom.clock.move(timedelta(minutes=1))
    newsroom.take(
        an_article(key, language=language, rubrics=("novosti",), published_at=now)
    )
    site.build()


@dataclass
class Subscriber:
    """Subscribes at our hub, and answers its callbacks."""

    site: Site
    server: Answering
    secret: str = "between us"
    confirms: bool = True
    takes: Callable[[Asked], Answer] = lambda _: (204, {}, b"")
    delivered: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.reply = self._reply

    @property
    def callback(self) -> str:
        return f"{self.server.url}/callback?id=7"

    async def ask(self, mode: str = "subscribe", **changes: str) -> PageAnswer:
        """Post a form to our hub; `topic=""` leaves a field out."""
        fields = {
            "mode": mode,
            "topic": TOPIC,
            "callback": self.callback,
            "secret": self.secret,
            **changes,
        }
        body = urlencode({f"hub.{k}": v for k, v in fields.items() if v})
        browser = Browser(self.site.app)
        return await browser.post("/hub", body.encode(), **{"content-type": FORM})

    def work(self) -> int:
        """Let our hub do what is due."""
        return a_distributor(self.site).run()

    def publish(self, key: str) -> None:
        """Publish an article, and let every feed show it."""
        publish(self.site, key)

    def is_signed_right(self, asked: Asked) -> bool:
        method, _, signature = asked.headers["x-hub-signature"].partition("=")
        expected = hmac.new(
            self.secret.encode(), asked.body, getattr(hashlib, method)
        ).hexdigest()
        return signature == expected

    @property
    def questions(self) -> list[dict[str, list[str]]]:
        """What our hub asked to have confirmed, or told."""
        return [
            parse_qs(urlsplit(asked.path).query)
            for asked in self.server.asked
            if asked.method == "GET"
        ]

    def _reply(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            challenge = parse_qs(urlsplit(asked.path).query).get("hub.challenge", [""])
            if self.confirms:
                return 200, {}, challenge[0].encode()
            return 404, {}, b""
        answer = self.takes(asked)
        self.delivered.append(asked)
        return answer
