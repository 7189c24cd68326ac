"""When retention runs: once a day, in the hours when nobody reads the news."""

from dataclasses import dataclass, field
from datetime import date, time
from zoneinfo import ZoneInfo

from publisher.audience.retention import Retention
from publisher.service import settings
from publisher.service.opening import Service

__all__ = ["Nightly", "make_nightly", "make_retention"]

NIGHT = time(3, 30)
"""In the newsroom's zone; who starts later than that does it at the start."""


def make_retention(service: Service) -> Retention:
    """Return the rules with the spans of the configuration."""
    return Retention(
        store=service.store,
        clock=service.clock,
        spans=settings.retention_spans(service.config),
    )


@dataclass(kw_only=True)
class Nightly:
    """Asks again and again; works once a day, or goes on until all is done."""

    retention: Retention
    zone: ZoneInfo
    _done_on: date | None = field(default=None)

    def keep(self) -> bool:
        """Let go what is due if its hour has come; return whether it had."""
        local = self.retention.clock.now().astimezone(self.zone)
        if local.date() == self._done_on or local.time() < NIGHT:
            return False
        if self.retention.keep():
            self._done_on = local.date()
        return True


def make_nightly(service: Service) -> Nightly:
    """Return what the scheduler ticks."""
    zone = ZoneInfo(service.config.site.zone)
    return Nightly(retention=make_retention(service), zone=zone)
