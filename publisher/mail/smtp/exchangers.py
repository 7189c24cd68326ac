"""Who takes the mail of a domain, asked of the DNS: bounded, remembered, never fatal.

Knowing it makes the pace finer, and nothing depends on it: a look-up that fails or
takes too long leaves the domain where it was, which is with the rest at first, until it
is asked again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdatatype import MX
from dns.resolver import NXDOMAIN, NoAnswer

from publisher.clock import Clock
from publisher.errors import SubscriberError
from publisher.mail.address import ascii_domain
from publisher.model.provider import REST, ProviderTable

__all__ = ["LookUp", "ProviderDirectory", "look_up_exchangers"]

LookUp = Callable[[str], Awaitable[Sequence[str]]]
"""Returns the names of a domain's exchangers, the preferred first; raises OSError."""

AT_ONCE = 20
WHOLE = timedelta(seconds=5)
"""How long a chunk of messages waits for all of its look-ups."""
EACH = timedelta(seconds=2)
KNOWN_FOR = timedelta(days=1)
FAILED_FOR = timedelta(minutes=10)
MOST_DOMAINS = 200_000


async def look_up_exchangers(domain: str) -> Sequence[str]:
    """Ask the system's name servers; a domain without MX is its own exchanger."""
    try:
        resolver = Resolver()
        resolver.lifetime = EACH.total_seconds()
        found = await resolver.resolve(domain, MX, search=False)
    except (NXDOMAIN, NoAnswer):
        return [domain]
    except DNSException as error:
        msg = f"no exchangers of {domain}: {type(error).__name__}"
        raise OSError(msg) from error
    ordered = sorted((record.preference, str(record.exchange)) for record in found)
    return [name for _, name in ordered]


class ProviderDirectory:
    """Remembers which provider group each domain belongs to.

    Without `look_up`, only domains of the table itself are told apart.
    """

    def __init__(
        self, table: ProviderTable, clock: Clock, look_up: LookUp | None = None
    ) -> None:
        self._table = table
        self._clock = clock
        self._look_up = look_up
        self._found: dict[str, tuple[str, datetime]] = {}
        # What is being looked up, and what is done once there are answers.
        self._coming: dict[str, asyncio.Future[None]] = {}

    def group_of(self, address: str) -> str:
        """Return the group of an address, as far as is known by now."""
        domain = _domain_of(address)
        known = self._table.group_of_domain(domain)
        return known or self._found.get(domain, (REST,))[0]

    async def learn(self, addresses: Iterable[str]) -> None:
        """Look up the domains that are not known yet, for five seconds at most."""
        if self._look_up is None:
            return
        unknown = self._unknown({_domain_of(address) for address in addresses})
        # Others asked about these before us, so that they have answers within our time.
        coming = {self._coming[domain] for domain in unknown & self._coming.keys()}
        mine = sorted(unknown - self._coming.keys())
        if mine:
            await self._learn_all(mine, self._look_up)
        if coming:
            await asyncio.wait(coming)

    def _unknown(self, domains: set[str]) -> set[str]:
        now = self._clock.now()
        return {
            domain
            for domain in domains
            if self._table.group_of_domain(domain) is None
            and (
                domain in self._coming
                or domain not in self._found
                or self._found[domain][1] <= now
            )
        }

    async def _learn_all(self, domains: Sequence[str], look_up: LookUp) -> None:
        if len(self._found) + len(domains) > MOST_DOMAINS:
            self._found.clear()
        failed_until = self._clock.now() + FAILED_FOR
        for domain in domains:
            known, _ = self._found.get(domain, (REST, failed_until))
            self._found[domain] = (known, failed_until)
        done = asyncio.get_running_loop().create_future()
        self._coming.update(dict.fromkeys(domains, done))
        places = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.timeout(WHOLE.total_seconds()), asyncio.TaskGroup() as g:
                for domain in domains:
                    g.create_task(self._learn(domain, look_up, places))
        except TimeoutError:
            return
        finally:
            for domain in domains:
                del self._coming[domain]
            done.set_result(None)

    async def _learn(
        self, domain: str, look_up: LookUp, places: asyncio.Semaphore
    ) -> None:
        async with places:
            try:
                names = await look_up(domain)
            except OSError:
                return
        group = self._table.group_of_exchangers(names)
        self._found[domain] = (group, self._clock.now() + KNOWN_FOR)


def _domain_of(address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    if domain.isascii():
        return domain
    try:
        return ascii_domain(domain)
    except SubscriberError:
        return domain
