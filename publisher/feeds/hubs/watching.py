"""Subscribe to a feed of our own at every hub, to see whether hubs really deliver."""

import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from publisher.clock import Clock
from publisher.errors import OutgoingError
from publisher.model.hub import Algorithm, sign
from publisher.outgoing.client import Client
from publisher.store import Store, hubs
from publisher.store.hubs import HubRow

__all__ = ["WATCH_PREFIX", "Watcher"]

WATCH_PREFIX = "/hub/watch/"
LEASE = timedelta(days=10)
RENEW = timedelta(days=2)
ASK_AGAIN = timedelta(minutes=2)

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_log = logging.getLogger("publisher.feeds")


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Keeps the subscriptions and takes what hubs bring; `path` is the feed watched."""

    store: Store
    clock: Clock
    client: Client
    base_url: str
    path: str

    def run(self) -> int:
        """Ask every hub whose lease ends soon; blocks; return how many were asked."""
        if not self.store.query(hubs.is_published, self.path):
            return 0  # No hub takes a subscription to what there is not.
        now = self.clock.now()
        due = self.store.transact(hubs.due_watches, now, now - ASK_AGAIN, now + RENEW)
        for row in due:
            self._ask(row)
        return len(due)

    def _ask(self, row: HubRow) -> None:
        body = urlencode(
            {
                "hub.mode": "subscribe",
                "hub.topic": self.base_url + self.path,
                "hub.callback": f"{self.base_url}{WATCH_PREFIX}{row.watch_key}",
                "hub.secret": row.watch_secret,
                "hub.lease_seconds": str(int(LEASE.total_seconds())),
            }
        )
        try:
            reply = self.client.ask("POST", row.url, headers=_FORM, body=body.encode())
        except OutgoingError as error:
            _log.warning("hub.not_watched hub=%s reason=%s", row.url, error)
            return
        if not reply.is_success:
            reason = f"it answers {reply.status}"
            _log.warning("hub.not_watched hub=%s reason=%s", row.url, reason)

    def confirm(self, key: str, asked: dict[str, str]) -> str | None:
        """Return the challenge that a hub must be given back, or None; blocks.

        Only our own topic is confirmed, and only to a hub that we have asked.
        """
        row = self.store.query(hubs.find_watch, key)
        is_ours = asked.get("hub.topic") == self.base_url + self.path
        if row is None or not is_ours or asked.get("hub.mode") != "subscribe":
            return None
        seconds = asked.get("hub.lease_seconds", "")
        is_number = seconds.isascii() and seconds.isdigit()
        lease = min(timedelta(seconds=int(seconds[:9])), LEASE) if is_number else LEASE
        self.store.transact(hubs.note_watch, key, self.clock.now() + lease)
        return asked.get("hub.challenge", "")

    def take(self, key: str, body: bytes, signature: str) -> bool | None:
        """Note what a hub brought; blocks.

        Return whether its signature is right, or None when we watch no such hub.
        """
        row = self.store.query(hubs.find_watch, key)
        if row is None:
            return None
        algorithm = signature.partition("=")[0]
        if algorithm not in set(Algorithm):
            return False
        expected = sign(row.watch_secret, body, Algorithm(algorithm))
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            return False
        now = self.clock.now()
        delay = self.store.transact(hubs.note_delivery, key, self.path, now)
        if delay is not None:
            _log.info("hub.delivered hub=%s delay=%.1f", row.url, delay.total_seconds())
        return True
