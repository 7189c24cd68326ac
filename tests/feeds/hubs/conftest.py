"""A newspaper with a hub of its own, on each database, and a server for callbacks."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from publisher.clock import SteppedClock
from publisher.feeds.hubs.watching import Watcher
from publisher.model.hub import HubRules
from publisher.outgoing.client import Client
from publisher.store import Store, hubs
from tests.feeds.hubs.subscriber import HUB, LOOPBACK, Subscriber, small_site
from tests.outgoing.answering import Answering, answering
from tests.web.site import BASE_URL, Site


@pytest.fixture
def server() -> Iterator[Answering]:
    """Return a server on this machine that answers as it is told."""
    with answering() as state:
        yield state


@pytest.fixture
def site(store: Store, clock: SteppedClock) -> Site:
    """Return a newspaper with articles, its feeds built, and its hub ready."""
    filled = small_site(store, clock)
    store.transact(hubs.sync_hubs, {HUB: ("own-key", "own-secret")})
    parts = replace(
        filled.parts,
        watcher=Watcher(
            store=store,
            clock=clock,
            client=Client(allowed=LOOPBACK),
            base_url=BASE_URL,
            path="/feeds/latest.atom",
        ),
        hub_rules=HubRules(max_subscriptions=5, max_per_host=3),
    )
    return Site(filled.newsroom, parts, filled.builder)


@pytest.fixture
def subscriber(site: Site, server: Answering) -> Subscriber:
    """Return somebody who wants to be told."""
    return Subscriber(site, server)
