"""Our own hub: confirm subscribers and bring them documents (WebSub sections 5, 7)."""

import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from publisher.clock import Clock
from publisher.errors import OutgoingError
from publisher.model.hub import Algorithm, Mode, sign
from publisher.outgoing.client import Client
from publisher.store import Store, hub_subscriptions, hubs
from publisher.store.documents import Document
from publisher.store.hub_subscriptions import Push, Request

__all__ = ["Distributor"]

LEASE = timedelta(seconds=60)
"""Longer than a callback may take, so that nobody is called twice at once."""
AT_ONCE = 16
GONE = 410

_log = logging.getLogger("publisher.feeds")


@dataclass(frozen=True, kw_only=True)
class Distributor:
    """Does what our hub owes its subscribers; any number of these may run."""

    store: Store
    clock: Clock
    client: Client
    hub_url: str
    base_url: str
    languages: Sequence[str]
    algorithm: Algorithm = Algorithm.SHA256

    def run(self) -> int:
        """Do everything that is due; blocks; return how many callbacks were made.

        Callbacks are made side by side: a slow one holds up no other.
        """
        now = self.clock.now()
        self.store.transact(
            hubs.take_changes,
            self.hub_url,
            self.languages,
            now,
            timedelta(0),
            is_own=True,
        )
        until = now + LEASE
        requests = self.store.transact(
            hub_subscriptions.lease_requests, now, until, AT_ONCE
        )
        pushes = self.store.transact(
            hub_subscriptions.lease_pushes, now, until, AT_ONCE
        )
        if requests or pushes:
            with ThreadPoolExecutor(AT_ONCE, "hub") as threads:
                done = [threads.submit(self._verify, found) for found in requests]
                done += [threads.submit(self._deliver, found) for found in pushes]
            for ended in done:
                ended.result()
        return len(requests) + len(pushes)

    def tidy(self) -> int:
        """End subscriptions whose lease is over; blocks; return how many."""
        return self.store.transact(hub_subscriptions.drop_expired, self.clock.now())

    def _verify(self, request: Request) -> None:
        """Ask a subscriber whether it asked (WebSub section 5.3)."""
        found = self.store.query(hub_subscriptions.find_document, request.path)
        if found is None:
            self._deny(request)
            return
        challenge = secrets.token_urlsafe(24)
        asked = {
            "hub.mode": request.mode.value,
            "hub.topic": self.base_url + request.path,
            "hub.challenge": challenge,
        }
        if request.mode is Mode.SUBSCRIBE:
            asked["hub.lease_seconds"] = str(int(request.lease.total_seconds()))
        now = self.clock.now()
        try:
            reply = self.client.ask("GET", _with_query(request.callback, asked))
        except OutgoingError as error:
            self._retry(request, str(error))
            return
        if reply.is_success and reply.body == challenge.encode():
            self.store.transact(hub_subscriptions.confirm, request, now)
            if request.mode is Mode.SUBSCRIBE:
                _log.info("hub.subscribed path=%s", request.path)
            else:
                _log.info("hub.unsubscribed path=%s", request.path)
        elif reply.status >= 500:  # noqa: PLR2004 (RFC 9110 section 15.6)
            self._retry(request, f"it answers {reply.status}")
        else:
            # Nobody there has asked: whoever did must not be able to make us ask again.
            self.store.transact(hub_subscriptions.refuse, request)
            _log.info("hub.not_confirmed host=%s status=%d", request.host, reply.status)

    def _retry(self, request: Request, reason: str) -> None:
        self.store.transact(hub_subscriptions.retry_request, request, self.clock.now())
        _log.info("hub.not_verified host=%s reason=%s", request.host, reason)

    def _deny(self, request: Request) -> None:
        """Tell that there is no such topic any more (WebSub section 5.2)."""
        asked = {
            "hub.mode": "denied",
            "hub.topic": self.base_url + request.path,
            "hub.reason": "there is no such feed",
        }
        try:
            self.client.ask("GET", _with_query(request.callback, asked))
        except OutgoingError as error:
            _log.info("hub.not_verified host=%s reason=%s", request.host, error)
        self.store.transact(hub_subscriptions.refuse, request)

    def _deliver(self, push: Push) -> None:
        document = self.store.query(hub_subscriptions.find_document, push.path)
        if document is None:  # Its rubric has moved; the reader finds the new feed.
            self.store.transact(hub_subscriptions.end, push.subscription_id)
            return
        try:
            reply = self.client.ask(
                "POST",
                push.callback,
                headers=self._headers(push, document),
                body=document.body,
            )
        except OutgoingError as error:
            self._settle(push, is_done=False, reason=str(error))
            return
        if reply.status == GONE:
            self.store.transact(hub_subscriptions.end, push.subscription_id)
            _log.info("hub.unsubscribed path=%s", push.path)
        else:
            reason = "" if reply.is_success else f"it answers {reply.status}"
            self._settle(push, is_done=reply.is_success, reason=reason)

    def _headers(self, push: Push, document: Document) -> dict[str, str]:
        topic = self.base_url + push.path
        headers = {
            "content-type": document.format.media_type,
            "link": f'<{self.hub_url}>; rel="hub", <{topic}>; rel="self"',
        }
        if push.secret:
            signature = sign(push.secret, document.body, self.algorithm)
            headers["x-hub-signature"] = signature
        return headers

    def _settle(self, push: Push, *, is_done: bool, reason: str) -> None:
        now = self.clock.now()
        is_tried_again = self.store.transact(
            hub_subscriptions.settle_push, push, now, is_done=is_done
        )
        if not is_done:
            _log.info(
                "hub.not_delivered host=%s again=%s reason=%s",
                push.host,
                "yes" if is_tried_again else "no",
                reason,
            )


def _with_query(callback: str, asked: dict[str, str]) -> str:
    """Return a callback with more in its query; what it had stays (section 5.3)."""
    parts = urlsplit(callback)
    query = "&".join(filter(None, (parts.query, urlencode(asked))))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
