"""What tells hubs of changes, and our own hub."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from publisher.clock import Clock
from publisher.config import Config
from publisher.feeds.addresses import FeedAddresses
from publisher.feeds.hubs.distributing import Distributor
from publisher.feeds.hubs.pinging import Pinger
from publisher.feeds.hubs.watching import Watcher
from publisher.model.feed import SITE_KEY, FeedFormat
from publisher.model.hub import HUB_PATH, Algorithm
from publisher.outgoing.client import Client
from publisher.service.requests import make_callback_client
from publisher.service.settings import hub_urls
from publisher.store import Store
from publisher.store.hubs import sync_hubs

__all__ = ["Hubs", "make_hubs", "settle_hubs"]

_KEY_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Hubs:
    """Everything about hubs; `own` is None where we run none."""

    pingers: tuple[Pinger, ...]
    own: Distributor | None
    watcher: Watcher

    def work(self) -> list[tuple[str, timedelta, Callable[[], object]]]:
        """Return what recurs: a name, how often, and what to do; all of it blocks."""
        second = timedelta(seconds=1)
        # One tick each: a hub that hangs holds up no other.
        found: list[tuple[str, timedelta, Callable[[], object]]] = [
            (f"ping {pinger.hub_url}", second, pinger.run) for pinger in self.pingers
        ]
        if self.own is not None:
            found.append(("serve hub", second, self.own.run))
            found.append(("tidy hub", timedelta(minutes=5), self.own.tidy))
        if self.pingers or self.own is not None:
            found.append(("watch hubs", timedelta(seconds=30), self.watcher.run))
        return found


def settle_hubs(config: Config, store: Store) -> None:
    """Let the store know the hubs of the configuration."""
    keys = {
        url: (secrets.token_urlsafe(_KEY_BYTES), secrets.token_urlsafe(_KEY_BYTES))
        for url in hub_urls(config)
    }
    store.transact(sync_hubs, keys)


def make_hubs(
    config: Config,
    store: Store,
    clock: Clock,
    client: Client,
    addresses: FeedAddresses,
) -> Hubs:
    """Return what tells hubs of changes."""
    base_url = config.web.base_url
    own_url = base_url + HUB_PATH
    return Hubs(
        pingers=tuple(
            Pinger(
                store=store,
                clock=clock,
                client=client,
                hub_url=url,
                base_url=base_url,
                languages=addresses.languages,
            )
            for url in hub_urls(config)
            if url != own_url
        ),
        own=Distributor(
            store=store,
            clock=clock,
            client=make_callback_client(config),
            hub_url=own_url,
            base_url=base_url,
            languages=addresses.languages,
            algorithm=Algorithm(config.push.signature),
        )
        if config.push.own_hub
        else None,
        watcher=Watcher(
            store=store,
            clock=clock,
            client=client,
            base_url=base_url,
            path=addresses.path(SITE_KEY, "", FeedFormat.ATOM),
        ),
    )
