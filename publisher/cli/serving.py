"""`publisher serve` and its parts: run until asked to stop."""

import asyncio
import gc
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from publisher.cli.context import Answer, opened
from publisher.cli.demonstration import refuse_real_mail, welcome_demo_readers
from publisher.config import load_config
from publisher.model.politeness import Allowance
from publisher.scheduler import Role, Scheduler
from publisher.service import Service, settings
from publisher.service.requests import make_client, make_copies
from publisher.store import is_reachable
from publisher.web.app import create_app
from publisher.web.documents import DocumentIndex
from publisher.web.parts import WebParts
from publisher.web.patience import Patience
from publisher.web.readership import ReadershipCounter
from publisher.web.server import Server, new_event_loop

__all__ = ["add_to", "pages_of"]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(serve)
    app.command()(web)
    app.command()(scheduler)
    app.command()(worker)


def serve(
    context: typer.Context,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Add sample readers, so that a digest goes out."),
    ] = False,
) -> None:
    """Run everything in one process: sources, feeds, digests, pages."""
    file, _ = context.obj
    if demo:
        refuse_real_mail(load_config(file))
    _run(context, [Role.PUBLISH, Role.SEND], has_web=True, has_demo=demo)


def web(context: typer.Context) -> None:
    """Serve feeds and pages only."""
    _run(context, [], has_web=True)


def scheduler(context: typer.Context) -> None:
    """Take articles in, build feeds and open editions only."""
    _run(context, [Role.PUBLISH])


def worker(context: typer.Context) -> None:
    """Deliver digests only."""
    _run(context, [Role.SEND])


def _run(
    context: typer.Context,
    roles: Sequence[Role],
    *,
    has_web: bool = False,
    has_demo: bool = False,
) -> None:
    file, answer = context.obj
    with (
        opened(file, settles=True) as service,
        asyncio.Runner(loop_factory=new_event_loop) as runner,
    ):
        runner.run(
            _until_stopped(service, roles, answer, has_web=has_web, has_demo=has_demo)
        )
    answer.say("Stopped.")


async def _until_stopped(
    service: Service,
    roles: Sequence[Role],
    answer: Answer,
    *,
    has_web: bool,
    has_demo: bool,
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    pages = pages_of(service) if has_web else None
    ticks = Scheduler(
        service=service,
        roles=frozenset(roles),
        on_documents=None if pages is None else pages.index.refresh,
        chores={} if pages is None else {"count readers": pages.readership.record},
    )
    server = None
    if pages is not None:
        settings = service.config.web
        app = create_app(pages)
        server = Server(app, host=settings.host, port=settings.port, recall=app.at_once)
        await server.start()
    _keep_for_good()
    ticks.start()
    welcoming = None
    try:
        _say_where(service, answer, has_web=has_web, has_sources=Role.PUBLISH in roles)
        if has_demo:
            welcoming = asyncio.create_task(welcome_demo_readers(service, answer))
        await stopping.wait()
        answer.say("Stopping; messages under way are finished first …")
    finally:
        # Whatever has become of who reads along: messages under way are finished.
        if welcoming is not None:
            welcoming.cancel()
            await asyncio.wait([welcoming])
        await ticks.stop()
        if server is not None:
            await server.stop()
        if pages is not None:
            await pages.readership.record()


def _keep_for_good() -> None:
    """Look no more for rubbish in what was loaded: it stays, and is most of all.

    Half a million objects were looked through again and again while digests went out,
    which took a tenth of the time.
    """
    gc.collect()
    gc.freeze()


def pages_of(service: Service) -> WebParts:
    """Return what the pages need of a service."""
    config = service.config
    index = DocumentIndex(service.store)
    zone = ZoneInfo(config.site.zone)
    is_development = config.web.development
    newsroom = service.root / config.source[0].folder if config.source else None
    return WebParts(
        store=service.store,
        clock=service.clock,
        operator=settings.operator(config),
        index=index,
        renderer=service.renderer,
        addresses=service.addresses,
        facts=service.facts,
        membership=service.membership,
        tokens=service.tokens,
        zone=zone,
        look=service.look,
        max_age=timedelta(seconds=config.feeds.max_age),
        readership=ReadershipCounter(
            service.store,
            lambda: service.clock.now().astimezone(zone).date(),
            keep_days=config.feeds.readership_days,
        ),
        joinings=service.joinings,
        least_fill_time=timedelta(seconds=config.joining.min_seconds),
        make_feed=service.builder.make,
        patience=_patience(config.feeds.repeats_per_hour),
        outbox=service.outbox if is_development else None,
        newsroom=newsroom if is_development else None,
        has_deltas=config.feeds.deltas,
        dialects=frozenset(config.feeds.dialects),
        has_news_sitemap=config.feeds.news_sitemap,
        old_feeds=settings.old_feeds(config),
        watcher=service.hubs.watcher,
        hub_rules=settings.hub_rules(config),
        copies=make_copies(config, service.root, make_client(config)),
        has_goodbye=config.mail.goodbye,
        is_ready=lambda: index.change_no > 0 and service.store.query(is_reachable),
    )


def _patience(repeats_per_hour: int) -> Patience | None:
    if not repeats_per_hour:
        return None
    return Patience(Allowance(repeats_per_hour, timedelta(hours=1)))


def _say_where(
    service: Service, answer: Answer, *, has_web: bool, has_sources: bool
) -> None:
    config = service.config
    if has_web:
        web = config.web
        base = web.base_url
        answer.say(f"Listening on        http://{web.host}:{web.port}")
        answer.say(f"Feeds and rubrics   {base}/")
        answer.say(f"All feeds as OPML   {base}/feeds.opml")
        if service.joinings.is_open:
            answer.say(f"Subscribe by mail   {base}/subscribe")
        if config.web.development:
            answer.say(f"Mails               {base}/outbox")
    for source in config.source if has_sources else ():
        answer.say(f"Watched folder      {_short(service.root / source.folder)}")
    answer.say("Stop with Ctrl-C.")


def _short(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
