"""What the keys of relays and of their pace must say about each other."""

import re
from collections.abc import Iterator
from pathlib import Path as FilePath

from pydantic import SecretStr

from publisher.config.hints import Finding, hint
from publisher.config.mail import Smtp
from publisher.config.schema import Config

__all__ = ["check_relays", "check_secret"]

Path = tuple[str | int, ...]

_LEAVE_ADDRESS = re.compile(r"[A-Za-z0-9._=-]{1,39}\+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

PROVIDERS = ("gmail", "outlook", "mailru", "yandex", "yahoo", "icloud", "rambler")
"""Groups that are known without being described."""


def check_relays(config: Config, file: FilePath) -> Iterator[Finding]:
    """Yield (path, what is wrong and what to do) for relays and providers."""
    mail = config.mail
    yield from _relay(("mail", "smtp"), mail.smtp, file)
    for index, relay in enumerate(mail.relay):
        yield from _relay(("mail", "relay", index), relay, file)
        if relay.name in [other.name for other in mail.relay[:index]]:
            yield (
                ("mail", "relay", index, "name"),
                f'relay "{relay.name}" is defined twice; give one another name',
            )
    if mail.relay and mail.smtp != Smtp():
        yield (
            ("mail", "smtp"),
            ("mail.smtp is not used beside [[mail.relay]] tables; make it one of them"),
        )
    yield from _providers(config)
    yield from _evidence(config)
    yield from _leaving(config)


def check_secret(
    path: Path, inline: SecretStr | None, named: str | None, file: FilePath
) -> Iterator[Finding]:
    """Yield what is wrong with a password that may stand in a file of its own."""
    field = _written(path)
    if inline is not None and named is not None:
        yield path, f"{field} and {field}_file are both given; keep one of them"
    if named is not None and not (file.parent / named).is_file():
        yield (
            (*path[:-1], "password_file"),
            f"{field}_file: {file.parent / named} does not exist",
        )


def _relay(path: Path, relay: Smtp, file: FilePath) -> Iterator[Finding]:
    password = (*path, "password")
    yield from check_secret(password, relay.password, relay.password_file, file)
    if relay.security == "none" and relay.username and not _is_here(relay.host):
        field = _written((*path, "security"))
        yield (
            (*path, "security"),
            (
                f'{field} = "none" would send the password to {relay.host} in'
                ' clear; use "starttls" or "implicit"'
            ),
        )


def _providers(config: Config) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, provider in enumerate(config.mail.provider):
        path = ("mail", "provider", index, "key")
        if provider.key in seen:
            yield (
                path,
                f'provider "{provider.key}" is defined twice; make it one table',
            )
        seen.add(provider.key)
        is_known = provider.key in {*PROVIDERS, "rest"}
        if not is_known and not (provider.domains or provider.exchangers):
            yield (
                path,
                (
                    f'provider "{provider.key}" is not one we know'
                    f"{hint(provider.key, (*PROVIDERS, 'rest'))}; give its domains or"
                    " exchangers"
                ),
            )


def _evidence(config: Config) -> Iterator[Finding]:
    names: set[str] = set()
    for index, evidence in enumerate(config.mail.evidence):
        path = ("mail", "evidence", index)
        if evidence.name in names:
            yield (
                (*path, "name"),
                f'evidence "{evidence.name}" is defined twice; give one another name',
            )
        names.add(evidence.name)
        if evidence.complete and len(config.mail.relay) > 1:
            yield (
                (*path, "complete"),
                (
                    f'evidence "{evidence.name}" cannot be complete beside several'
                    " [[mail.relay]] tables: it does not see what the others take;"
                    " leave complete out"
                ),
            )
        if evidence.zone and evidence.kind == "maildir":
            yield (
                (*path, "zone"),
                f'evidence "{evidence.name}": a maildir needs no zone; leave it out',
            )


def _leaving(config: Config) -> Iterator[Finding]:
    mail = config.mail
    if mail.leave_address and not _LEAVE_ADDRESS.fullmatch(mail.leave_address):
        yield (
            ("mail", "leave_address"),
            (
                f'mail.leave_address = "{mail.leave_address}" has no place for a token'
                " of 24 characters; write it like leave+@gazeta.example, with at most"
                " 40 characters up to the plus"
            ),
        )
    if mail.leave_address and not mail.leave_maildir:
        yield (
            ("mail", "leave_address"),
            (
                "mail.leave_address is told to readers, and nobody reads its mail;"
                " name its mailbox in mail.leave_maildir"
            ),
        )
    if mail.leave_maildir and not mail.leave_address:
        yield (
            ("mail", "leave_maildir"),
            (
                "mail.leave_maildir is read, but no message names an address for it;"
                " write it into mail.leave_address, such as leave+@gazeta.example"
            ),
        )


def _written(path: Path) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _is_here(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith(("127.", "/"))
