"""Tell a hub that documents have changed, once they can be read (WebSub section 6)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from publisher.clock import Clock
from publisher.errors import OutgoingError
from publisher.outgoing.client import Client
from publisher.store import Store, hubs
from publisher.store.hubs import Ping

__all__ = ["Pinger"]

SETTLE = timedelta(milliseconds=1200)
"""Every web process knows of a change after a second at the latest."""
LEASE = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=30)
"""How long a document that cannot be read yet may hold back a ping."""
AT_ONCE = 50

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_log = logging.getLogger("publisher.feeds")


@dataclass(frozen=True, kw_only=True)
class Pinger:
    """Pings one hub; any number of pingers of the same hub may run."""

    store: Store
    clock: Clock
    client: Client
    hub_url: str
    base_url: str
    languages: Sequence[str]

    def run(self) -> int:
        """Ping for everything that is due; blocks; return how many were told of."""
        now = self.clock.now()
        self.store.transact(
            hubs.take_changes, self.hub_url, self.languages, now, SETTLE, is_own=False
        )
        pings = self.store.transact(
            hubs.lease_pings, self.hub_url, now, now + LEASE, AT_ONCE
        )
        if not pings:
            return 0
        # Only who has seen the last change has seen the others.
        reply = self._unreadable(max(pings, key=lambda ping: ping.change_no))
        if not reply:
            reply = self._tell(pings)
        given_up = self.store.transact(
            hubs.settle_pings, self.hub_url, pings, self.clock.now(), reply
        )
        if reply:
            _log.warning(
                "hub.not_pinged hub=%s documents=%d given_up=%d reason=%s",
                self.hub_url,
                len(pings),
                given_up,
                reply,
            )
            return 0
        _log.info("hub.pinged hub=%s documents=%d", self.hub_url, len(pings))
        return len(pings)

    def _unreadable(self, ping: Ping) -> str:
        """Return why the public copy is not the present one, empty when it is."""
        url = self.base_url + ping.path
        try:
            reply = self.client.ask("HEAD", url, headers={"cache-control": "no-cache"})
        except OutgoingError as error:
            return f"{url} cannot be read: {error}"
        if reply.status == 200 and ping.etag not in reply.headers.get("etag", ""):  # noqa: PLR2004
            return f"{url} is still the document before"
        return "" if reply.status == 200 else f"{url} answers {reply.status}"  # noqa: PLR2004

    def _tell(self, pings: Sequence[Ping]) -> str:
        """Return what went wrong, empty when the hub took it."""
        pairs = [("hub.mode", "publish")]
        for ping in pings:
            # Hubs differ in the name of the topic; they leave alone what they know not.
            pairs += [("hub.url", self.base_url + ping.path)]
            pairs += [("hub.topic", self.base_url + ping.path)]
        try:
            reply = self.client.ask(
                "POST", self.hub_url, headers=_FORM, body=urlencode(pairs).encode()
            )
        except OutgoingError as error:
            return str(error)
        return "" if reply.is_success else f"it answers {reply.status}"
