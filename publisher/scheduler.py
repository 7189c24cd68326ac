"""When things happen: APScheduler ticks, and every tick asks the store what is due.

A tick that two schedulers have at once does its work once, because the store's unique
keys and leases say so; a tick that is missed loses nothing, because the next one asks
again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from publisher.desk.alerts import Alerts
from publisher.digests.sending import Sender
from publisher.digests.sending_letters import LetterSender
from publisher.errors import PublisherError
from publisher.feeds.outputs.mirror import Mirror
from publisher.service import Service
from publisher.service.doubts import make_doubts
from publisher.service.history import keep_history
from publisher.service.leaving import make_leave_mails
from publisher.service.retention import make_nightly
from publisher.sources.intake import Intake
from publisher.store.articles import release_due
from publisher.store.feeds import mark_all
from publisher.store.sources import retry_set_aside
from publisher.store.trouble import why_away

__all__ = ["Role", "Scheduler"]

GRACE = timedelta(seconds=9)
"""How long a stop waits for messages whose final dot is on the wire. Connections may
take another five to say good-bye, so that all of it is done within fifteen."""

WATCH = timedelta(seconds=5)
"""How often the machine's clock is watched for steps back."""

CHORES = timedelta(seconds=15)
"""How often what a process has counted is brought to the store."""

DOUBTS = timedelta(seconds=30)
"""How often evidence is looked for about messages in doubt."""

LEAVE_MAILS = timedelta(minutes=1)
"""How often the mailbox of the leave address is looked into."""
RETENTION = timedelta(minutes=10)
"""How often is looked whether the night's work is due, or not done yet."""

_RELEASES = 100
_log = logging.getLogger("publisher.scheduler")

Work = Callable[[], Awaitable[object]]


class Role(StrEnum):
    """Which part of the service a process runs."""

    PUBLISH = "publish"
    """Take articles in, build feeds, open editions."""
    SEND = "send"
    """Deliver."""


@dataclass(kw_only=True)
class Scheduler:
    """Runs a service's recurring work inside a running event loop.

    `on_documents` is called, in a store thread, after documents may have changed.
    `chores` are what else a process has to do from time to time, by name.
    """

    service: Service
    roles: frozenset[Role]
    on_documents: Callable[[], object] | None = None
    chores: Mapping[str, Work] = field(default_factory=dict)
    _ticker: AsyncIOScheduler = field(init=False)
    _running: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    _sender: Sender | None = None
    _letters: LetterSender | None = None
    _alerts: Alerts | None = None
    _watching: "asyncio.Task[None] | None" = None
    _spans: dict[str, timedelta] = field(default_factory=dict)
    _has_caught_up: bool = False
    _is_stopping: bool = False

    def __post_init__(self) -> None:
        self._ticker = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": None,  # A late tick asks the same question.
            },
        )
        self._building = asyncio.Lock()
        self._is_idle = False

    def start(self) -> None:
        """Start ticking; needs a running event loop."""
        if (own := self.service.own_templates) is not None:
            refresh = partial(asyncio.to_thread, own.refresh)
            self._every(timedelta(seconds=2), "read own templates", refresh)
        if Role.PUBLISH in self.roles:
            self._publish()
        if Role.SEND in self.roles:
            self._sender = self.service.sender()
            self._letters = self.service.letters(self._sender)
            self._every(timedelta(seconds=1), "send letters", self._letters.send_ready)
            self._every(timedelta(hours=1), "clear letters", self._letters.clear)
            self._every(timedelta(seconds=1), "send", self._sender.send_ready)
        if self.on_documents is not None:
            self._every(timedelta(seconds=1), "read documents", self._announce)
        self._alerts = self.service.alerts()
        if self._alerts is not None:
            self._alerts.watch()
            self._every(CHORES, "send alerts", self._alerts.send)
        for name, work in self.chores.items():
            self._every(CHORES, name, work)
        self._ticker.start()
        self._watching = asyncio.create_task(self._watch_clock())

    def _publish(self) -> None:
        """Tick for articles, feeds, hubs and editions."""
        for intake, every in self.service.intakes:
            name = f"look at {intake.source.name}"
            self._every(every, name, partial(self._look, intake))
        self._every(timedelta(seconds=1), "release articles", self._release)
        self._every(timedelta(seconds=1), "build feeds", self._build)
        self._every(timedelta(seconds=1), "pack documents", self._pack)
        self._every(timedelta(minutes=1), "keep archives", self._archive)
        for mirror in self.service.mirrors:
            # One tick each: an output that hangs holds up no other.
            name = f"mirror to {mirror.output.name}"
            self._every(timedelta(seconds=1), name, partial(self._mirror, mirror))
        self._every(timedelta(seconds=2), "open editions", self._open)
        forget = partial(self.service.store.run, self.service.joinings.forget)
        self._every(timedelta(hours=1), "forget requests to join", forget)
        resolve = partial(asyncio.to_thread, make_doubts(self.service).resolve)
        self._every(DOUBTS, "resolve doubts", resolve)
        if (leave_mails := make_leave_mails(self.service)) is not None:
            look = partial(asyncio.to_thread, leave_mails.look)
            self._every(LEAVE_MAILS, "read mails that unsubscribe", look)
        retain = partial(asyncio.to_thread, make_nightly(self.service).keep)
        self._every(RETENTION, "keep retention", retain)
        for name, every, work in self.service.hubs.work():
            # Hubs answer when they like: not in the store's threads.
            self._every(every, name, partial(asyncio.to_thread, work))

    async def _catch_up(self) -> None:
        """Let what the configuration may have changed since the last start show."""
        if not self._has_caught_up:
            store = self.service.store
            await store.run(store.transact, mark_all)
            await store.run(store.transact, retry_set_aside)
            self._has_caught_up = True

    async def _watch_clock(self) -> None:
        """Keep ticking when the machine's clock is set back.

        APScheduler waits for wall times; after a step back that would be for as long as
        the step. This loop counts in monotonic time.
        """
        while True:
            await asyncio.sleep(WATCH.total_seconds())
            now = self.service.clock.now()
            for job in self._ticker.get_jobs():
                latest = now + self._spans[job.id] + WATCH
                if job.next_run_time is not None and job.next_run_time > latest:
                    _log.warning("clock.set_back name=%s", job.id)
                    job.modify(next_run_time=now)

    async def stop(self) -> None:
        """Stop ticking, let what is under way end within the grace, close all."""
        self._is_stopping = True
        if self._alerts is not None:
            self._alerts.close()
        if self._watching is not None:
            self._watching.cancel()
        self._ticker.pause()
        if self._letters is not None:
            self._letters.stop()
        if self._sender is not None:
            self._sender.stop()
        running = list(self._running.values())
        if running:
            await asyncio.wait(running, timeout=GRACE.total_seconds())
        for task in running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._sender is not None:
            await self._sender.close()
        self._ticker.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler 3 only queues its shutdown.

    def _every(self, span: timedelta, name: str, work: Work) -> None:
        async def tick() -> None:
            if not self._is_stopping and name not in self._running:
                # A task of our own: APScheduler would cancel its jobs at shutdown, and
                # complain of every tick that meets long work.
                task = asyncio.create_task(self._guarded(name, work))
                self._running[name] = task
                task.add_done_callback(lambda _: self._running.pop(name, None))

        self._spans[name] = span
        self._ticker.add_job(
            tick,
            "interval",
            seconds=span.total_seconds(),
            id=name,
            name=name,
            next_run_time=self.service.clock.now(),
        )

    async def _guarded(self, name: str, work: Work) -> None:
        """Run one tick; a failure is told and the next tick tries again."""
        try:
            await work()
        except PublisherError as error:
            _log.error("tick.failed name=%s reason=%s", name, error)
        except Exception as error:  # noqa: BLE001 (told, and asked again)
            why = why_away(error)
            if why is None:
                _log.exception("tick.failed name=%s", name)
            else:
                reason = f"the store cannot be asked: {why}; the next tick tries again"
                _log.error("tick.failed name=%s reason=%s", name, reason)

    async def _look(self, intake: Intake) -> None:
        # Not in the store's threads: a hanging disk would take them one by one.
        report = await asyncio.to_thread(intake.look)
        if report.new or report.changed:
            await self._build()

    async def _release(self) -> None:
        service = self.service
        released = await service.store.run(
            service.store.transact,
            release_due,
            service.tree,
            service.clock.now(),
            _RELEASES,
        )
        if released:
            _log.info("articles.released count=%d", released)

    async def _build(self) -> None:
        async with self._building:
            await self._catch_up()
            changed = await self.service.store.run(self.service.builder.build_waiting)
            self._is_idle = not changed
        if changed:
            await self._announce()

    async def _pack(self) -> None:
        """Compress with care what was published in haste, while there is no news."""
        service = self.service
        while self._is_idle and not self._is_stopping:
            async with self._building:
                packed = await service.store.run(service.packer.pack_waiting)
            if not packed:
                break

    async def _archive(self) -> None:
        """Let pass in the history of feeds what passes with time."""
        await self.service.store.run(keep_history, self.service)

    async def _mirror(self, mirror: Mirror) -> None:
        # Not in the store's threads either.
        while not self._is_stopping:
            report = await asyncio.to_thread(mirror.copy_some)
            if report.is_busy or report.failures or not report.has_more:
                break

    async def _announce(self) -> None:
        if self.on_documents is not None:
            await self.service.store.run(self.on_documents)

    async def _open(self) -> None:
        await self.service.store.run(self.service.planner.sweep)
