"""Keep tests on this machine: an address beyond it fails the test that asked for it."""

import ipaddress
from collections.abc import Callable
from types import ModuleType

import pytest

__all__ = ["forbid_network", "is_local"]

NAMES = {"", "localhost", "ip6-localhost"}


def is_local(host: object) -> bool:
    """Tell whether a host as handed to the socket module stays on this machine."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name in NAMES
    return address.is_loopback or address.is_unspecified


def forbid_network(patch: pytest.MonkeyPatch, module: ModuleType) -> None:
    """Let the socket module refuse every address and name beyond this machine."""
    for method, position in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
        real = getattr(module.socket, method)
        patch.setattr(module.socket, method, _guarded(real, position))
    look_up = module.getaddrinfo

    def guarded_look_up(host: object, *args: object, **kwargs: object) -> object:
        if not is_local(host):
            pytest.fail(f"a test may not look up {host}")
        return look_up(host, *args, **kwargs)

    patch.setattr(module, "getaddrinfo", guarded_look_up)


def _guarded(real: Callable[..., object], position: int) -> Callable[..., object]:
    def guarded(self: object, *args: object) -> object:
        address = args[position]
        if isinstance(address, tuple) and not is_local(address[0]):
            pytest.fail(f"a test may not reach {address[0]}:{address[1]}")
        return real(self, *args)

    return guarded
