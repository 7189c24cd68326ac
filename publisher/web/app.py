"""The web application: which pages there are, and what stands before them."""

from functools import partial
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from publisher.feeds.dialects.publishing import document_at
from publisher.feeds.hubs.watching import WATCH_PREFIX
from publisher.feeds.old_addresses import OldAddresses
from publisher.web.address_changes import AddressPages
from publisher.web.answers import Answers
from publisher.web.catalogue import CataloguePages
from publisher.web.confirming import ConfirmPages
from publisher.web.deltas import Deltas
from publisher.web.dialects import DialectFeeds
from publisher.web.editions import EditionPages
from publisher.web.faults import FaultPages
from publisher.web.feeds import FeedLayer
from publisher.web.guards import (
    BodyLimit,
    OriginGuard,
    OwnTerms,
    SecurityHeaders,
    content_policy,
)
from publisher.web.health import HealthPages
from publisher.web.hub import MAX_DELIVERY, HubPages
from publisher.web.leaving import LeavePages
from publisher.web.link_requests import LinkRequestPages
from publisher.web.missing_feeds import MissingFeeds
from publisher.web.my_data import MyDataPages
from publisher.web.newsroom import NewsroomPages
from publisher.web.old_feeds import OldFeeds
from publisher.web.outbox import OutboxPages
from publisher.web.pages import Pages
from publisher.web.parts import WebParts
from publisher.web.past_editions import PastEditionPages
from publisher.web.pictures import PicturePages
from publisher.web.preferences import PreferencePages
from publisher.web.returning import ReturnPages
from publisher.web.rubric import RubricPages
from publisher.web.static import StaticFiles
from publisher.web.subscribe import SubscribePages

__all__ = ["create_app", "page_routes"]

MAX_BODY_BYTES = 512 * 1024
"""A form with a thousand rubrics of the longest keys, ticked before and now."""
ONE_CLICK = ("/u/",)
"""Where mail providers post to: below here the token alone decides."""
FROM_ANYWHERE = ("/subscribe",)
"""What forms on other sites post to: whoever has a browser do so gains nothing by it,
since the browser brings nothing that a program of theirs could not send as well."""


def create_app(parts: WebParts) -> OldFeeds:
    """Return the application: feeds before the framework, pages behind the guards."""
    static = StaticFiles(parts.look.accent)
    pages = Pages(parts, static)
    faults = FaultPages(pages)
    app: ASGIApp = Starlette(
        routes=page_routes(pages, static),
        exception_handlers={HTTPException: faults.refused, Exception: faults.failed},
    )
    app = BodyLimit(
        app,
        max_bytes=MAX_BODY_BYTES,
        larger={WATCH_PREFIX: MAX_DELIVERY},
        refused=faults.answer(413),
    )
    host = urlsplit(parts.facts.base_url).netloc
    app = OriginGuard(
        OwnTerms(app, host=host),
        host=host,
        exempt=ONE_CLICK + FROM_ANYWHERE,
        refused=OwnTerms(faults.answer(403), host=host),
    )
    app = SecurityHeaders(
        app,
        {
            "content-security-policy": content_policy(pages.origins.sources),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            # With no-referrer browsers would also hide where our own forms come from.
            "referrer-policy": "same-origin",
        },
    )
    return _before_pages(app, parts)


def _before_pages(app: ASGIApp, parts: WebParts) -> OldFeeds:
    """Return what answers feeds, in front of the pages."""
    feeds = FeedLayer(
        app,
        index=parts.index,
        answers=Answers(parts.addresses, parts.facts, parts.max_age),
        missing=MissingFeeds(
            parts.store,
            parts.addresses,
            parts.renderer,
            parts.make_feed,
            parts.dialects,
        ),
        patience=parts.patience,
        readership=parts.readership,
        deltas=Deltas() if parts.has_deltas else None,
    )
    dialects = DialectFeeds(
        feeds,
        make=partial(document_at, parts.store, parts.addresses, parts.facts),
        store=parts.store,
        index=parts.index,
        addresses=parts.addresses,
        switched_on=parts.dialects,
        has_sitemap=parts.has_news_sitemap,
        max_age=parts.max_age,
    )
    old = OldAddresses(parts.old_feeds, parts.addresses)
    return OldFeeds(dialects, feeds.at_once, old, parts.facts.base_url)


def page_routes(pages: Pages, static: StaticFiles) -> list[Route]:
    """Return every address that is no feed, in the order they are tried."""
    parts = pages.parts
    routes = [
        *CataloguePages(pages).routes(),
        *RubricPages(pages).routes(),
        *LeavePages(pages).routes(),
        *ReturnPages(pages).routes(),
        *PreferencePages(pages).routes(),
        *LinkRequestPages(pages).routes(),
        *AddressPages(pages).routes(),
        *MyDataPages(pages).routes(),
        *EditionPages(pages).routes(),
        *PastEditionPages(pages).routes(),
        *HealthPages(parts).routes(),
        Route("/static/{name}", static.serve),
    ]
    if parts.joinings is not None:
        routes += ConfirmPages(pages, parts.joinings).routes()
    if parts.joinings is not None and parts.joinings.is_open:
        routes += SubscribePages(pages, parts.joinings).routes()
    if parts.watcher is not None:
        routes += HubPages(parts, parts.watcher, parts.hub_rules).routes()
    if parts.copies is not None:
        routes += PicturePages(parts, parts.copies).routes()
    if parts.outbox is not None:
        routes += OutboxPages(pages, parts.outbox).routes()
    if parts.newsroom is not None:
        routes += NewsroomPages(pages, parts.newsroom).routes()

    async def to_catalogue(_: Request) -> Response:
        return RedirectResponse(pages.path("/"), 307)

    return [*routes, Route("/feeds", to_catalogue)]
