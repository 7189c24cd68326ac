"""Who sends a form, and how many of them one client may send in an hour.

Counted in memory, in each web process by itself: a flood of requests then costs the
store nothing. What must hold for all processes together, for an address and a domain,
is counted in the store (`audience/joining.py`).
"""

import ipaddress
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request

__all__ = ["LINKS_AN_HOUR", "ClientLimit", "client_address", "until_next_hour"]

LINKS_AN_HOUR = 30
"""Letters with a link that one client may ask for, to whatever addresses."""

MAX_REMEMBERED = 100_000
HOUR = timedelta(hours=1)
NETWORK_BITS = 64
"""What one household or server has of IPv6; single addresses change at will."""


def client_address(request: Request) -> str:
    """Return the internet address a request comes from; empty where it has none.

    Behind a proxy on this machine it is what the proxy says in X-Forwarded-For.
    """
    return request.client.host if request.client else ""


class ClientLimit:
    """Counts the forms of each client within a clock hour."""

    def __init__(self, per_hour: int, *, max_remembered: int = MAX_REMEMBERED) -> None:
        self._per_hour = per_hour
        self._max_remembered = max_remembered
        self._hour: datetime | None = None
        self._counts: dict[int, int] = {}

    def may_send(self, address: str, now: datetime) -> bool:
        """Count one form more; tell whether there may be so many.

        Addresses of this machine and of private networks are those of proxies that do
        not say for whom they ask, so they are not counted.
        """
        network = _network(address)
        if network is None:
            return True
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._counts = hour, {}
        key = hash(network)
        count = self._counts.pop(key, 0) + 1
        if len(self._counts) >= self._max_remembered:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = count
        return count <= self._per_hour

    def refuse_more(self, request: Request, now: datetime) -> None:
        """Count one form more; raises HTTPException (429) when it is too many."""
        if not self.may_send(client_address(request), now):
            wait = str(int(until_next_hour(now).total_seconds()) + 1)
            raise HTTPException(429, headers={"retry-after": wait})


def until_next_hour(now: datetime) -> timedelta:
    """Return how long it takes until everything is counted anew."""
    return HOUR - timedelta(minutes=now.minute, seconds=now.second)


def _network(address: str) -> str | None:
    """Return what is counted as one client, None for what is not counted."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback or found.is_link_local or _is_private(found):
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))


_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    # Not is_private: that counts the ranges for documentation as well.
    return any(address in network for network in _PRIVATE)
