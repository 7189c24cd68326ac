"""Look at everything a configuration leans on, without changing anything."""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from publisher.config import Config
from publisher.config.mail import Relay, Smtp
from publisher.errors import ConfigError, PublisherError, StoreError
from publisher.rendering.templates import Renderer
from publisher.service.conditions import check_languages, check_zones
from publisher.service.doubts import examine_evidence
from publisher.service.installation import examine_sending
from publisher.service.keeping import (
    signing_keys,
    store_url,
    use_address_secret,
)
from publisher.service.leaving import examine_leaving
from publisher.service.outputs import examine_outputs, may_be_written
from publisher.service.own_templates import try_templates
from publisher.service.signing import make_signer
from publisher.service.transports import relays_of
from publisher.store import Store
from publisher.store.migrate import check_store, inspect_store
from publisher.store.suppressions import has_secret

__all__ = ["examine"]

Finding = tuple[str, bool, str]
"""What was looked at, whether it is good, and the detail or remedy."""

PATIENCE = 5.0
"""Seconds to wait for a relay."""


def examine(config: Config, root: Path) -> list[Finding]:
    """Return what was found; nothing is created, migrated or sent."""
    findings: list[Finding] = []
    for what, look in (
        ("time zones", _zones),
        ("secret", _secret),
        ("address secret", _address_secret),
        ("store", _store),
        ("templates", _templates),
        ("mail", _mail),
        ("signatures", _signatures),
        ("doubts", examine_evidence),
        ("leaving", examine_leaving),
        ("sending", examine_sending),
        ("address", _address),
    ):
        try:
            findings.append((what, True, look(config, root)))
        except (PublisherError, OSError) as error:
            findings.append((what, False, str(error)))
    return [*findings, *_sources(config, root), *examine_outputs(config, root)]


def _zones(config: Config, root: Path) -> str:
    del root
    check_zones()
    return f"up to date, {config.site.zone} is known"


def _secret(config: Config, root: Path) -> str:
    file = root / config.web.secret_file
    is_there = config.web.secret is not None or file.exists()
    if not is_there and not _was_started(config, root):
        return f"will be made in {file} at the first start"
    keys = signing_keys(config, root)
    old = len(keys.keys) - 1
    return f"is there, and {old} that it replaced" if old else "is there"


def _was_started(config: Config, root: Path) -> bool:
    try:
        check_store(store_url(config, root))
    except StoreError:
        return False
    store = Store(store_url(config, root), threads=1)
    try:
        return store.query(has_secret)
    finally:
        store.close()


def _address_secret(config: Config, root: Path) -> str:
    """Say whether suppressed addresses can be known again."""
    try:
        check_store(store_url(config, root))
    except StoreError:
        return "is looked for, or made, when the store is"
    store = Store(store_url(config, root), threads=1)
    try:
        use_address_secret(config, root, store)
    finally:
        store.close()
    return "is the one that this store's suppressed addresses are hashed with"


def _store(config: Config, root: Path) -> str:
    return inspect_store(store_url(config, root))


def _templates(config: Config, root: Path) -> str:
    check_languages(config, Renderer())
    own = config.templates.folder
    try_templates(config, root / own if own else None)
    return f"every digest can be made in {', '.join(config.site.languages)}"


def _mail(config: Config, root: Path) -> str:
    mail = config.mail
    if mail.transport == "maildir":
        folder = root / mail.maildir
        if not may_be_written(folder):
            msg = f"mail.maildir: {folder} cannot be written to"
            raise PermissionError(msg)
        return f"messages are written to {folder}, none is sent"
    told = [_relay(name, relay) for name, relay in relays_of(mail).items()]
    return "; ".join(told)


def _relay(name: str, relay: Smtp) -> str:
    """Try to connect; raises OSError."""
    is_socket = relay.host.startswith("/")
    place = relay.host if is_socket else f"{relay.host}:{relay.port}"
    try:
        if is_socket:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(relay.host)
        else:
            socket.create_connection((relay.host, relay.port), PATIENCE).close()
    except OSError as error:
        keys = f'host and port of the [[mail.relay]] "{name}"'
        if not isinstance(relay, Relay):
            keys = "mail.smtp.host and port"
        msg = f"relay {place} does not answer: {error}; check {keys}"
        raise OSError(msg) from error
    return f"relay {place} answers"


def _signatures(config: Config, root: Path) -> str:
    signer = make_signer(config, root)
    if signer is None:
        return "messages leave unsigned (mail.dkim); let the relay sign them"
    keys = " and ".join(f"{key.strength} as {key.selector}" for key in signer.keys)
    return f"messages are signed for {signer.domain} with {keys}"


def _address(config: Config, root: Path) -> str:
    """Tell of links in real mails that would lead readers to their own machines."""
    del root
    host = urlsplit(config.web.base_url).hostname or ""
    if config.mail.transport == "smtp" and _is_this_machine(host):
        msg = (
            f"web.base_url is {config.web.base_url}, and links in mails would lead"
            " readers to their own machines; write this service's public address"
        )
        raise ConfigError([msg])
    return f"links in feeds and mails begin with {config.web.base_url}"


def _is_this_machine(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _sources(config: Config, root: Path) -> Iterator[Finding]:
    for source in config.source:
        folder = root / source.folder
        is_good = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
        detail = f"{folder} is readable" if is_good else f"{folder} cannot be read"
        yield f"source {source.name}", is_good, detail
