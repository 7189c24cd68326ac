"""The pace of sending, as the configuration says."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from publisher.clock import Clock
from publisher.config import Config
from publisher.config.mail import Mail
from publisher.config.mail import Provider as ProviderSettings
from publisher.digests.limits import Limits, PaceRules, RelayRules
from publisher.digests.pacing import FreePace, Pace
from publisher.digests.shared_pace import SharedPace
from publisher.mail.smtp.exchangers import ProviderDirectory, look_up_exchangers
from publisher.model.gate import Answer, Order, Terms
from publisher.model.pace import parse_rate
from publisher.model.provider import KNOWN, REST, Provider, ProviderTable
from publisher.service.transports import relays_of
from publisher.store import Store
from publisher.store.pace import consult

__all__ = ["make_pace", "pace_rules"]


def make_pace(config: Config, store: Store, clock: Clock) -> Pace:
    """Return the pace of what the configuration sends through; a folder has none."""
    mail = config.mail
    if mail.transport == "maildir":
        return FreePace()
    look_up = look_up_exchangers if mail.pace.look_up_exchangers else None
    directory = ProviderDirectory(_table(mail), clock, look_up)

    async def ask(orders: Sequence[Order], now: datetime) -> Mapping[str, Answer]:
        return await store.run(store.transact, consult, orders, now)

    return SharedPace(pace_rules(config), directory, ask, clock)


def pace_rules(config: Config) -> PaceRules:
    """Return all limits; the rest are many, and answer for nobody but themselves."""
    mail = config.mail
    own = {provider.key: provider for provider in mail.provider}
    keys = [*_table(mail).keys, *own]
    return PaceRules(
        whole=Limits(terms=_terms(mail.pace.rate)),
        relays=tuple(
            RelayRules(
                name=name,
                weight=getattr(relay, "weight", 1),
                limits=Limits(terms=_terms(relay.rate, backs_off=True)),
            )
            for name, relay in relays_of(mail).items()
        ),
        providers={key: _limits(own.get(key), key, mail) for key in keys},
    )


def _limits(own: ProviderSettings | None, key: str, mail: Mail) -> Limits:
    reacts = key != REST
    return Limits(
        terms=Terms(
            rate=parse_rate(own.rate) if own and own.rate else None,
            backs_off=reacts,
            breaks=reacts,
            warm_up=mail.pace.warm_up,
        ),
        connections=own.connections if own else 0,
    )


def _terms(rate: str, *, backs_off: bool = False) -> Terms:
    return Terms(rate=parse_rate(rate) if rate else None, backs_off=backs_off)


def _table(mail: Mail) -> ProviderTable:
    known = {provider.key: provider for provider in KNOWN}
    return ProviderTable(
        tuple(
            _provider(own, known.get(own.key, Provider(key=own.key)))
            for own in mail.provider
            if own.key != REST
        )
    )


def _provider(own: ProviderSettings, known: Provider) -> Provider:
    return Provider(
        key=own.key,
        domains=tuple(map(str.lower, own.domains)) or known.domains,
        exchangers=tuple(map(str.lower, own.exchangers)) or known.exchangers,
    )
