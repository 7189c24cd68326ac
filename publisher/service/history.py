"""What passes with time in the history of feeds: months end, removals are forgotten."""

from datetime import timedelta

from publisher.model.month import month_of
from publisher.service.opening import Service
from publisher.store.feeds import close_archives
from publisher.store.tombstones import forget_tombstones

__all__ = ["keep_history"]


def keep_history(service: Service) -> None:
    """Let archives of months that are over become final, and forget old removals."""
    now = service.clock.now()
    keep = timedelta(days=service.config.feeds.removals_days)
    service.store.transact(close_archives, month_of(now))
    service.store.transact(forget_tombstones, now - keep)
