"""Which addresses a request may go to that somebody outside has asked us to make.

Names are resolved here, and the connection is made to the very address that was
checked: a name that answers differently the second time gains nothing.
"""

from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from publisher.errors import OutgoingError

__all__ = ["Guard", "Network", "Resolve", "is_public"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Return the addresses of a host and port as texts; raises OSError."""

_V4_WITHIN_V6 = (
    ip_network("::ffff:0:0/96"),  # mapped, RFC 4291
    ip_network("64:ff9b::/96"),  # translated, RFC 6052
)
_TUNNELS = (ip_network("2002::/16"), ip_network("2001::/32"))  # RFC 3056, RFC 4380
_NEVER = (
    ip_network("100.64.0.0/10"),  # shared address space, RFC 6598
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("fec0::/10"),
    # Translated locally (RFC 8215): each network decides where the one inside stands.
    ip_network("64:ff9b:1::/48"),
)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the open internet.

    It does not when it is of this machine, of a private or link-local network, of a
    provider's own, reserved, multicast, or an IPv6 form that leads to such a one.
    """
    if isinstance(address, IPv6Address):
        if any(address in network for network in _TUNNELS):
            return False
        if any(address in network for network in _V4_WITHIN_V6):
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        # A compatible address such as ::127.0.0.1 (RFC 4291 section 2.5.5.1).
        if int(address) < 2**32:
            return False
    if any(
        address in network for network in _NEVER if network.version == address.version
    ):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


class Guard:
    """Lets requests through to public addresses, and to networks that are allowed."""

    def __init__(self, resolve: Resolve, allowed: Sequence[Network] = ()) -> None:
        self._resolve = resolve
        self._allowed = tuple(allowed)

    def addresses(self, host: str, port: int, *, is_trusted: bool) -> list[str]:
        """Return where a host may be reached; raises OutgoingError.

        A host of which one address is internal is refused whole. Trusted hosts are
        those that the operator named; they may be anywhere.
        """
        try:
            found = list(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            msg = f"{host} cannot be found: {error}"
            raise OutgoingError(msg) from error
        if not found:
            msg = f"{host} has no address"
            raise OutgoingError(msg)
        for text in found if not is_trusted else ():
            address = ip_address(text.partition("%")[0])
            if not is_public(address) and not self._is_allowed(address):
                msg = (
                    f"{host} is {address}, which is no public address; requests that"
                    " somebody outside asked for go to public ones only"
                )
                raise OutgoingError(msg)
        return found

    def _is_allowed(self, address: Address) -> bool:
        return any(
            address in network
            for network in self._allowed
            if network.version == address.version
        )
