"""What changes in feeds with time alone: months end, removals go, numbers come."""

from datetime import timedelta

from publisher.model.month import month_of
from publisher.service.opening import Service
from publisher.store.counts import show_counts
from publisher.store.feeds import close_archives
from publisher.store.tombstones import forget_tombstones

__all__ = ["keep_history"]

AT_ONCE = 200
"""Articles in one transaction."""


def keep_history(service: Service) -> None:
    """Close the archives of months that are over, forget removals, show numbers."""
    now = service.clock.now()
    keep = timedelta(days=service.config.feeds.removals_days)
    service.store.transact(close_archives, month_of(now))
    service.store.transact(forget_tombstones, now - keep)
    rest = timedelta(minutes=service.config.feeds.counts_minutes)
    while service.store.transact(show_counts, service.tree, now, rest, AT_ONCE):
        pass
