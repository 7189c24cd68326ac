"""Who takes the mail of a domain: providers in groups, known by domain or by exchanger.

Thousands of domains are hosted by a few companies, and each company counts what we send
to all of them together. So a limit is one of the company: a domain belongs to whoever
runs its mail exchangers (MX).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["KNOWN", "REST", "Provider", "ProviderTable"]

REST = "rest"
"""All that is in no group: many small servers with nothing in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A group: its own domains, and what the names of its exchangers end in."""

    key: str
    domains: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()


KNOWN = (
    Provider(
        key="gmail",
        domains=("gmail.com", "googlemail.com"),
        exchangers=("google.com", "googlemail.com"),
    ),
    Provider(
        key="outlook",
        domains=("outlook.com", "hotmail.com", "live.com", "live.ru", "msn.com"),
        exchangers=("outlook.com", "hotmail.com"),
    ),
    Provider(
        key="mailru",
        domains=("mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "mail.kz"),
        exchangers=("mail.ru", "mailru.net"),
    ),
    Provider(
        key="yandex",
        domains=("yandex.ru", "ya.ru", "yandex.kz", "yandex.com", "yandex.by"),
        exchangers=("yandex.ru", "yandex.net"),
    ),
    Provider(
        key="yahoo",
        domains=("yahoo.com", "ymail.com", "aol.com", "yahoo.co.uk", "yahoo.de"),
        exchangers=("yahoodns.net",),
    ),
    Provider(
        key="icloud",
        domains=("icloud.com", "me.com", "mac.com"),
        exchangers=("icloud.com",),
    ),
    Provider(
        key="rambler",
        domains=("rambler.ru", "lenta.ru", "autorambler.ru", "myrambler.ru", "ro.ru"),
        exchangers=("rambler.ru",),
    ),
)


class ProviderTable:
    """The groups we know, with those of the operator added or in their place."""

    def __init__(self, own: Sequence[Provider] = ()) -> None:
        groups = {provider.key: provider for provider in (*KNOWN, *own)}
        self.keys = (*groups, REST) if REST not in groups else tuple(groups)
        self._domains = {
            domain: group.key for group in groups.values() for domain in group.domains
        }
        self._exchangers = {
            suffix: group.key
            for group in groups.values()
            for suffix in group.exchangers
        }

    def group_of_domain(self, domain: str) -> str | None:
        """Return the group that a domain is known to belong to."""
        return self._domains.get(domain)

    def group_of_exchangers(self, names: Iterable[str]) -> str:
        """Return the group of the first exchanger that is of one, or the rest."""
        for name in names:
            found = _longest(name.rstrip(".").lower(), self._exchangers)
            if found is not None:
                return found
        return REST


def _longest(name: str, suffixes: Mapping[str, str]) -> str | None:
    """Return what the longest suffix of whole labels stands for."""
    while name:
        if name in suffixes:
            return suffixes[name]
        name = name.partition(".")[2]
    return None
