"""Sample readers for the embedded default: a first digest within a minute."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.audience.choosing import Wish
from publisher.cli.context import Answer
from publisher.config import Config
from publisher.errors import ConfigError
from publisher.service import Service
from publisher.store.readers import list_subscriptions
from publisher.store.sources import count_articles

__all__ = ["welcome_demo_readers"]

READERS = (
    ("ivan@chitatel.example", "ru", ()),
    ("aigerim@oqyrman.example", "kk", ()),
    ("sergey@bolelshchik.example", "ru", ("sport",)),
)
"""Address, language and rubrics of each; `.example` never leads anywhere."""

WORDING = "Sample reader of the demonstration; nobody is behind this address."


def refuse_real_mail(config: Config) -> None:
    """Refuse to put sample readers into a service that is not a demonstration."""
    if config.mail.transport != "maildir" or not config.web.development:
        msg = (
            "--demo adds sample readers, which only a demonstration may have"
            ' (mail.transport = "maildir", web.development = true);'
            " run `publisher serve` without it"
        )
        raise ConfigError([msg])


async def welcome_demo_readers(service: Service, answer: Answer) -> None:
    """Subscribe the sample readers once the first articles are public.

    Their hour is the present minute, so their first digest is due at once. A store that
    has readers already is left alone.
    """
    seen, present = -1, 0
    while present == 0 or present != seen:
        await asyncio.sleep(1)  # The store tells nobody when a source has been read.
        seen, present = present, await _public_articles(service)
    if await service.store.run(service.store.query, list_subscriptions, 0, 1):
        return
    zone = ZoneInfo(service.config.site.zone)
    now = service.clock.now().astimezone(zone)
    await service.store.run(_subscribe, service, now)
    answer.say(f"{len(READERS)} sample readers get their first digest now.")


async def _public_articles(service: Service) -> int:
    counts = await service.store.run(service.store.query, count_articles)
    return counts.get("public", 0)


def _subscribe(service: Service, now: datetime) -> None:
    instant = [rule for rule in service.rules.values() if rule.frequency == "instant"]
    daily = [rule for rule in service.rules.values() if rule.frequency == "daily"]
    for email, language, rubrics in READERS:
        known = tuple(key for key in rubrics if key in service.tree)
        for rule in (*daily[:1], *(instant[:1] if language == "ru" else ())):
            service.membership.join(
                email,
                Wish(
                    digest=rule.key,
                    rubrics=known,
                    hour="" if rule.frequency == "instant" else f"{now:%H:%M}",
                    language=language,
                ),
                wording=WORDING,
                origin="demonstration",
            )
