"""`/hub`, our own WebSub hub, and `/hub/watch/<key>`, where hubs bring us our feeds."""

from datetime import timedelta
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from publisher.feeds.hubs.watching import WATCH_PREFIX, Watcher
from publisher.model.hub import HUB_PATH, MAX_SECRET, HubRules, Mode, lease_of
from publisher.store import Transaction, hub_subscriptions
from publisher.web.parts import WebParts

__all__ = ["MAX_DELIVERY", "HubPages"]

MAX_CALLBACK = 1000
MAX_DELIVERY = 8 * 2**20
RETRY_AFTER = "600"


class _RefusalError(Exception):
    """A request that is no request; the text is the answer."""


class HubPages:
    """Takes what programs ask; `rules` is None where we run no hub of our own."""

    def __init__(
        self, parts: WebParts, watcher: Watcher, rules: HubRules | None
    ) -> None:
        self._parts = parts
        self._watcher = watcher
        self._rules = rules

    def routes(self) -> list[Route]:
        """Return the addresses for hubs and their subscribers."""
        watch = Route(WATCH_PREFIX + "{key}", self._watch, methods=["GET", "POST"])
        if self._rules is None:
            return [watch]
        return [watch, Route(HUB_PATH, self._hub, methods=["POST"])]

    async def _hub(self, request: Request) -> Response:
        """Answer a subscriber; what it asked for is confirmed later (section 5.1)."""
        form = await request.form()
        if form.get("hub.mode") == "publish":
            # We know of our changes before anybody can tell us.
            return Response(status_code=204)
        try:
            wanted = self._understand(form)
        except _RefusalError as refusal:
            return PlainTextResponse(f"{refusal}\n", 400)
        store = self._parts.store
        if not await store.run(store.transact, self._keep, wanted):
            return PlainTextResponse(
                "there are too many requests or subscriptions; ask again later\n",
                429,
                headers={"retry-after": RETRY_AFTER},
            )
        return Response(status_code=202)

    def _keep(self, tx: Transaction, wanted: hub_subscriptions.Request) -> bool:
        rules = self._rules
        if rules is not None:
            per_host, in_all = rules.max_per_host, rules.max_subscriptions
            if not hub_subscriptions.has_room(tx, wanted, per_host, in_all):
                return False
        hub_subscriptions.ask(tx, wanted, self._parts.clock.now())
        return True

    def _understand(self, form: FormData) -> hub_subscriptions.Request:
        """Return what is asked for; raises _RefusalError."""

        def said(name: str) -> str:
            value = form.get(f"hub.{name}", "")
            return value if isinstance(value, str) else ""

        if said("mode") not in set(Mode):
            msg = 'hub.mode must be "subscribe" or "unsubscribe"'
            raise _RefusalError(msg)
        callback, secret = said("callback"), said("secret")
        host = _host(callback)
        is_plain = callback.isascii() and callback.isprintable()
        if not host or len(callback) > MAX_CALLBACK or not is_plain:
            msg = (
                "hub.callback must be an address with http or https, in ASCII, of at"
                f" most {MAX_CALLBACK} characters"
            )
            raise _RefusalError(msg)
        if len(secret.encode()) > MAX_SECRET or "\0" in secret:
            msg = f"hub.secret may have at most {MAX_SECRET} bytes, and none of them 0"
            raise _RefusalError(msg)
        path = said("topic").removeprefix(self._parts.facts.base_url)
        if path == said("topic") or not self._is_there(path):
            msg = (
                "hub.topic must be the address of a feed of ours, as its rel=self says"
            )
            raise _RefusalError(msg)
        try:
            default = self._rules.lease if self._rules else timedelta(days=1)
            lease = lease_of(said("lease_seconds"), default)
        except ValueError as error:
            raise _RefusalError(str(error)) from error
        return hub_subscriptions.Request(
            path=path,
            callback=callback,
            host=host,
            mode=Mode(said("mode")),
            secret=secret,
            lease=lease,
        )

    def _is_there(self, path: str) -> bool:
        """Tell whether a feed is served at a path: not in a language of the past."""
        addresses = self._parts.addresses
        address = addresses.find(path)
        is_open = address is not None and addresses.is_open(address.feed)
        return is_open and self._parts.index.find(path) is not None

    async def _watch(self, request: Request) -> Response:
        """Confirm our own subscription, and take what a hub brings."""
        key, store = request.path_params["key"], self._parts.store
        if request.method in {"GET", "HEAD"}:
            asked = dict(request.query_params)
            challenge = await store.run(self._watcher.confirm, key, asked)
            if challenge is None:
                return PlainTextResponse("we have not asked for this\n", 404)
            return PlainTextResponse(challenge)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_DELIVERY:
                return Response(status_code=413)
        signature = request.headers.get("x-hub-signature", "")
        is_right = await store.run(self._watcher.take, key, bytes(body), signature)
        # A wrong signature is answered like a right one (WebSub section 7.1).
        return Response(status_code=410 if is_right is None else 202)


def _host(callback: str) -> str:
    """Return the host of an address that may be called, empty when it may not."""
    try:
        parts = urlsplit(callback)
        is_good = parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        return ""
    return (parts.hostname or "")[:255] if is_good else ""
