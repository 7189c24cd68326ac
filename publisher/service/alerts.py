"""Alerts to the operator, where the configuration names one."""

from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.clock import Clock
from publisher.config import Config
from publisher.desk.alerts import Alerts, Letter
from publisher.digests.addressing import Addressing
from publisher.rendering.templates import Renderer
from publisher.service import settings
from publisher.service.transports import make_transport
from publisher.store import Store

__all__ = ["make_alerts", "make_letter"]


def make_letter(config: Config, renderer: Renderer, language: str) -> Letter:
    """Return how an alert is written in a language."""
    return Letter(
        renderer=renderer,
        language=language,
        site=settings.mail_site(config, language),
        look=settings.look(config),
        zone=ZoneInfo(config.site.zone),
    )


def make_alerts(
    config: Config,
    root: Path,
    store: Store,
    clock: Clock,
    renderer: Renderer,
    addressing: Addressing,
) -> Alerts | None:
    """Return what tells the operator, None where nobody is to be told."""
    to = config.mail.alerts_to
    if not to:
        return None
    return Alerts(
        store=store,
        clock=clock,
        letter=make_letter(config, renderer, config.site.languages[0]),
        addressing=addressing,
        make_transport=partial(make_transport, config, root),
        to=to,
    )
